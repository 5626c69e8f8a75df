/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * What is taken away of nf_tables' rulesets, as the kernel tells everybody who listens (NFNLGRP_NFTABLES, Linux 3.13):
 * tables, sets, chains and rules, by `nft flush ruleset` one by one; not single elements. nl is a socket of its own.
 * Needs CAP_NET_ADMIN.
 */
int nft_watch_open(struct netlink *nl, struct err *e);

/* Wait, timeout_ms at most (-1: for ever), and read what was told: what went, or may have, where more was told than there
 * was room for; -errno. */
enum nft_gone {
	NFT_GONE_HERE = 1,      /* something of the table inet of that name */
	NFT_GONE_ELSEWHERE = 2, /* of another one */
};
int nft_watch(struct netlink *nl, const char *table, int timeout_ms, struct err *e);
