/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/eval.h"

/* Between nft.c, which runs rules, and nft_effect.c, which has the expressions that look at a packet or change it. */

struct machine {
	struct eval *ev;
	const struct world_table *table;
	const struct world_chain *chain;
	const struct world_nft_rule *rule;
	unsigned depth;
	struct bits regs; /* register 4 is at 0 */
	bool has_verdict, rejects;
	int64_t verdict;
	const char *to;
	bool rest_perhaps; /* a rule that perhaps returns: what is behind it runs only perhaps */
};

/* Where in regs a register of n bytes is; false: it isn't one. */
static inline bool nft_place(uint64_t reg, size_t n, size_t *at)
{
	if (reg < 4 || reg >= 20 || n > BITS_MAX)
		return false;
	*at = (reg - 4) * 4;
	return *at + n <= BITS_MAX;
}

/* The rule ends here, if it came here surely; or with an element that only may match. */
void nft_end(struct machine *m, int64_t verdict, const char *chain);
void nft_perhaps(struct machine *m, int64_t verdict, const char *chain);

const struct world_set *nft_set_named(const struct world_table *t, const char *name);

/* An expression of these. */
enum truth nft_effect(struct machine *m, const struct world_expr *x);
