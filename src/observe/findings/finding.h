/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/walk.h"
#include "observe/world/read.h"
#include "plan/plan.h"

/*
 * Findings: what is broken in a world, as pure functions over it and over walks through it. Each family of
 * faults is a file (links.c, addresses.c, routes.c, forward.c, nat.c, bridge.c, ports.c, names.c, leftovers.c,
 * limits.c, own.c) with one function that appends what it finds; findings.c calls them in the order in which a person
 * would look, so that the first finding is the first broken link of the way.
 *
 * A finding has evidence: what was read, and where. Without it, it is none. Where something on the way could not be
 * read or decided it is a suspicion.
 */
enum certainty { CERTAINTY_FAULT, CERTAINTY_SUSPICION };

struct finding {
	const char *code; /* stable, words-with-dashes: findings/codes.c lists them with their effect */
	enum certainty certainty;
	const char *target;   /* whom it concerns, as the commands take it: "web", "netns:net1" */
	const char *object;   /* what is broken: "veth1-br", "net.ipv4.ip_forward" */
	struct strv evidence; /* lines */
	const char *effect;   /* what a person notices */
	struct plan repair; /* steps (plan/build/repair.h); none: a person must decide, and text says what */
	const char *advice; /* where there are no steps */
	uint64_t netns;     /* where the object is: map draws it there */
	const char *link;   /* the link that it is at; or NULL */
};

struct findings {
	struct finding *v;
	size_t n;
	struct strv could_not_look; /* checks that the world has not the data for */
};

/* Of one target; NULL: of every container and named network namespace. */
void findings(const struct world *w, const struct world_target *target, struct arena *a,
	      struct findings *out);
