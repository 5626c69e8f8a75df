/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/* Who on this host has a prefix that bridge_used() lists, in words: "lo has the address 10.30.0.1/24", "a route to
 * 10.20.0.0/16 leads to tun0 (table 100)". In the arena; "this host uses 10.20.0.0/16", where nobody has it any more. */
const char *holder_of(struct netlink *nl, struct arena *a, struct ip prefix);
