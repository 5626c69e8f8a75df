/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/world.h"

/*
 * Ports of the host that rules of NAT lead to somebody else: published, whoever made the rules. Some engines keep what they
 * publish where nobody can read it, and many a port is published by hand. Pure.
 *
 * Which ports could be meant, is in the rules; what becomes of a packet to one, is asked of them as a walk would.
 */
struct published {
	struct world_published port; /* ip: of the host; none: any of its addresses */
	struct ip to;                /* who gets it */
	const char *object;          /* where its rule is: "nft ip nat DOCKER" */
};

size_t published_by_rules(const struct world *w, struct arena *a, struct published **out);

/* Those of containers become ports of these, where their engines do not tell of them. */
void published_complete(struct world *w);
