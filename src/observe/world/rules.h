/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/netlink.h>

#include "base/err.h"
#include "observe/world/world.h"

/*
 * Readers of the rules of packets, of the network namespace that the descriptors were opened in. Each fills its members
 * of ns; 0, or -errno with the error. What the kernel doesn't have (no nf_tables, no xtables) is no error: there are no
 * rules then. None of them makes a table, or loads a module of xtables or ipset.
 */
struct rules_from {
	int netfilter;     /* NETLINK_NETFILTER */
	int raw, raw6;     /* SOCK_RAW of AF_INET and AF_INET6; -1: none */
	int names, names6; /* /proc/thread-self/net/ip_tables_names, ip6_tables_names; -1: none */
};

int rules_read_nft(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e);
int rules_read_xtables(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e);

/* Behind xtables', to which it adds. */
int rules_read_ebtables(struct arena *a, struct world_netns *ns, const struct rules_from *from,
			struct err *e);

/* The sets that rules in ns name, so behind the other three. */
int rules_read_ipsets(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e);

/* A table of ebtables out of the kernel's block; valid_hooks as in struct ebt_replace. */
void ebtables_parse(struct arena *a, unsigned valid_hooks, const void *p, size_t size,
		    struct world_xt_table *t);

/* ---- between nft.c and nft_expr.c ---- */

/* The expressions of a list of NFTA_LIST_ELEM. */
struct world_expr *nft_exprs(struct arena *a, const struct nlattr *list, size_t *n);

/* Of a nested struct nft_data: its bytes, or its verdict and chain. */
void nft_data(struct arena *a, const struct nlattr *nest, struct world_bytes *bytes, int64_t *verdict,
	      const char **chain);

/* A number of 1, 2, 4 or 8 bytes in network order; else 0. */
uint64_t nft_number(const struct nlattr *attr);
const char *nft_text(struct arena *a, const struct nlattr *attr);

/* The comment that nft(8) and iptables-nft put into user data, or NULL. */
const char *nft_comment(struct arena *a, const struct nlattr *userdata);
