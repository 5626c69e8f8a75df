/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * Chains of others that stand on the way of what the host forwards, and drop what none of their rules accepts: by their
 * policy, as docker's and ufw's, or by a rule without a condition, as firewalld's. An accept elsewhere does not help: a
 * packet must come through all chains of the hook. (Those of iptables-legacy are not nf_tables'.)
 */
struct nft_drop {
	uint8_t family; /* NFPROTO_IPV4, _IPV6, _INET */
	const char *table, *chain;
	const char *
		own; /* the chain of that table where persons' own rules go: "DOCKER-USER"; NULL: there is none */
	bool names_link; /* some rule of the table names the link that was asked about: perhaps it accepts */
	bool drops;      /* of all that are listed */
};

/* Of all tables but the inet one that is called `but`. Two questions to the kernel, and one for each table with such a
 * chain. A kernel without nf_tables has none. */
int nft_forward_drops(struct netlink *nl, struct arena *a, const char *but, const char *link,
		      struct nft_drop **list, size_t *n, struct err *e);
