/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/net/ip.h"

/*
 * Who has how much of what there is a limited number of: questions that others are asked, connections. Pure.
 *
 * An address is not an identity: a container with CAP_NET_RAW asks by whichever of its subnet it likes, and
 * has one of each family anyhow. So what one address may have keeps only those apart who do not lie; and when
 * all is taken, who came last is served all the same, and whoever has been there longest gives way. So nobody
 * can hold what others need; who wants to disturb has to ask anew, and faster than answers come.
 */
enum {
	NEVER = -1, /* a time that does not come */
	SLOTS_MAX = 512,
};

struct slot {
	int64_t since; /* when it was taken; or, as its user likes, when something happened last */
	int64_t until; /* its deadline; NEVER: it is free */
	struct ip who;
};

struct slots {
	struct slot *of[SLOTS_MAX]; /* the user's */
	size_t n, each;             /* how many there are; and how many one address may have */
};

/* One for that address: free, or, where it is not, to be taken from who has it, which is the address itself
 * where that has its part already. */
struct slot *slot_for(const struct slots *all, struct ip who);

/* The first deadline; NEVER: there is none. */
int64_t slot_next(const struct slots *all);
