/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/*
 * The connections that the kernel remembers (ctnetlink). What NAT does with a connection is decided by its first packet;
 * so one that is remembered follows the old way, whatever the rules say by now, until it is deleted: of UDP for as long as
 * its packets come.
 * Source: linux/netfilter/nfnetlink_conntrack.h.
 */
struct conntrack_way {
	struct ip src, dst;
	uint16_t sport, dport; /* 0 where the protocol has none */
};

struct conntrack {
	uint8_t proto;
	struct conntrack_way orig, reply; /* as its first packet came, and as answers come */
};

/* Shall it go? */
typedef bool conntrack_fn(const struct conntrack *ct, void *arg);

/* Delete those of that family (AF_INET, AF_INET6) for which fn says so, which is asked once of each. A kernel that remembers none, or does not tell, has
 * none. nl: nft_open(), in the network namespace that it is about. */
int conntrack_delete(struct netlink *nl, int family, conntrack_fn *fn, void *arg, struct err *e);
