/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dns/slot.h"

static struct slot *older(struct slot *a, struct slot *b)
{
	return !a || b->since < a->since ? b : a;
}

struct slot *slot_for(const struct slots *all, struct ip who)
{
	struct slot *free = NULL, *oldest = NULL, *own = NULL;
	size_t has = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct slot *slot = all->of[i];

		if (slot->until == NEVER) {
			free = slot;
			continue;
		}
		oldest = older(oldest, slot);
		if (ip_same(slot->who, who)) {
			own = older(own, slot);
			has++;
		}
	}
	if (has >= all->each)
		return own;
	return free ? free : oldest;
}

int64_t slot_next(const struct slots *all)
{
	int64_t next = NEVER;

	for (size_t i = 0; i < all->n; i++) {
		int64_t until = all->of[i]->until;

		if (until != NEVER && (next == NEVER || until < next))
			next = until;
	}
	return next;
}
