/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "kernel/net/netlink.h"
#include "spec/network.h"

/*
 * Further bridges of a network that has more containers than a bridge has ports, doc/decisions/19, are known by their names
 * (FURTHER_PREFIX, which no other link of guise's has):
 *
 *     chain further {
 *             type filter hook prerouting priority raw; policy accept;
 *             iifname "guise-x*" notrack
 *     }
 *
 * Where br_netfilter shows firewalls what bridges forward, a packet to the outside comes twice: at the further bridge, and then
 * at the first one. NAT is decided when a connection is first seen; so that is to be at the first. The chain is in guise's
 * table (net/rules.h), is made with the first such bridge, and goes with the table.
 */

/* It, as nft(8) reads it. */
extern const char further_text[];

/* See to it that it is there, behind rules_ensure(). nl: nft_open(). */
int further_ensure(struct netlink *nl, struct err *e);

/* 0; -ENOENT "nft-missing", -ESTALE "nft-different". */
int further_check(struct netlink *nl, struct err *e);
