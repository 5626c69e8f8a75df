/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "net/rules_table.h"

/* What the kernel has of a part of the table, and what is wrong with it. */

enum { RULES_CHAINS_MAX = 8 };

/* Of its rules. What `guise doctor --fix` put before them for somebody else's bridge is none of them. */
struct rules_seen {
	const struct rules_part *part;
	bool thorough; /* don't believe what a rule says of itself, compare its expressions */
	unsigned n, n_same;
	unsigned in_chain[RULES_CHAINS_MAX];
};

/* None yet: before they are asked for, and when the kernel begins anew. */
void rules_seen_none(struct rules_seen *s);

/* A message of nft_ask_rules()'s answer; another is passed over. */
void rules_see(struct rules_seen *s, const struct nlmsghdr *msg);

/* All of them, and none besides. */
bool rules_seen_all(const struct rules_seen *s);

/* 0; -ENOENT "nft-missing", -ESTALE "nft-different". */
int rules_seen_check(const struct rules_seen *s, struct err *e);

/* The same of the part's chains, which are asked for. nl: nft_open(). */
int rules_check_chains(struct netlink *nl, const struct rules_part *part, struct err *e);

/* Say so: "check WHAT NAME: CAUSE". -ENOENT "nft-missing", -ESTALE "nft-different". */
int rules_missing(struct err *e, const char *what, const char *name, const char *cause);
int rules_different(struct err *e, const char *what, const char *name, const char *cause);
