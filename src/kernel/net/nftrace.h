/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/net/netlink.h"

/*
 * nf_tables' own tracing (`nft monitor trace`): a table of ours marks packets of one protocol by "meta nftrace set 1"
 * before all others see them, and the kernel tells which rules they meet, to the group NFNLGRP_NFTRACE.
 *
 * The table belongs to the socket (NFT_TABLE_F_OWNER, Linux 5.12): the kernel removes it when that is closed, also by a
 * kill. Nobody else can change it, and what lies in it is nothing but the mark.
 */
struct nftrace {
	struct netlink nl;
};

/* In the network namespace that the caller is in. */
int nftrace_start(struct nftrace *t, uint8_t proto, struct err *e);
void nftrace_stop(struct nftrace *t);

struct nftrace_event {
	char table[64], chain[64];
	uint32_t type;      /* NFT_TRACETYPE_RULE, _RETURN, _POLICY */
	uint32_t family;    /* NFPROTO_* */
	uint64_t handle;    /* of the rule; 0: the policy */
	uint32_t verdict;   /* NF_ACCEPT, NF_DROP, NFT_CONTINUE ... */
	struct ip src, dst; /* of the packet; none: not told */
};

/* What has come by now; fn is called for each, but those of our own table. */
typedef void nftrace_fn(const struct nftrace_event *ev, void *arg);
void nftrace_read(struct nftrace *t, nftrace_fn *fn, void *arg);
