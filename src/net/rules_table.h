/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kernel/net/nft.h"
#include "kernel/net/nft_rule.h"

/* What is in the table whatever networks there are: net/rules.h. */

#define RULES_TABLE "guise"

/* It, as nft(8) reads it. */
extern const char rules_text[];

enum rules_set {
	RULES_BRIDGES,
	RULES_WITHIN,
	RULES_INTERNAL,
	RULES_OPEN,
	RULES_ROUTED,
	RULES_SUBNETS4,
	RULES_SUBNETS6,
	RULES_FORWARDING,
	RULES_SETS
};
enum rules_chain { RULES_POSTROUTING, RULES_FORWARD, RULES_CHAINS };

extern const struct nft_set rules_sets[RULES_SETS];
extern const struct nft_chain rules_chains[RULES_CHAINS];

/* The rules, in the order in which they are in their chains. */
enum rules_rule {
	RULES_MASQUERADE,
	RULES_MASQUERADE6,
	RULES_OTHERS,
	RULES_KNOWN,
	RULES_INSIDE,
	RULES_AMONG,
	RULES_SHUT,
	RULES_PASS,
	RULES_PUBLISHED,
	RULES_GUARD,
	RULES_RULES
};

/* What is made together, and looked at together. */
struct rules_part {
	const struct nft_set *sets;
	unsigned n_sets;
	const struct nft_chain *chains;
	unsigned n_chains;
	const struct rules_row {
		unsigned chain; /* of those */
		const char *comment;
	} * rows; /* in the order in which they are in their chains */
	unsigned n_rows;
	void (*make)(unsigned row, struct nft_rule *r);
	const char *of; /* what the rules are of, in an error: " of published ports"; "" */
};
extern const struct rules_part rules_base;

/* Add the table, and the part's sets and chains, and, if `rules`, its rules: in place of what is in the chains, if they
 * are there. False: no memory. */
bool rules_put_part(struct netlink_batch *b, const struct rules_part *part, bool there, bool rules);

/* The rule that is the nth of that chain; part->n_rows: it has no such. */
unsigned rules_nth(const struct rules_part *part, const char *chain, unsigned nth);

/* Is it that rule, which msg (NFT_MSG_NEWRULE) describes? udata is that of it, or NULL. `thorough`: don't
 * believe it. */
bool rules_rule_is(const struct rules_part *part, unsigned row, const struct nlmsghdr *msg,
		   const struct nlattr *udata, bool thorough);
