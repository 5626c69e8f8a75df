/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"

/* Which addresses of a network there are to be given, whoever has them: net/lease.h. Pure. */

/* Is that owner still there? */
typedef bool lease_alive(const char *owner, void *arg);

/* What addresses are given from: a subnet, but its ends and its gateway. */
struct lease_pool {
	struct ip subnet;
	struct ip gateway;     /* none: its first one */
	struct ip range;       /* only in this part of it; none: anywhere. What is wanted may lie outside */
	struct ip first, last; /* likewise, from this address to that one; none: the part's */
	/* asked where an address would be refused: one whose owner is gone is taken, even if nobody has given it back.
	 * NULL: all are there */
	lease_alive *is_alive;
	void *arg;
};

/* Is it one that addresses are given from? Code "bad-subnet". */
int lease_check_pool(const struct lease_pool *pool, struct err *e);

/* The pool's gateway, with its own or its subnet's length. */
struct ip lease_gateway(const struct lease_pool *pool);

/* The addresses that are given in turn: all but network, gateway and broadcast; of a large subnet of IPv6 the first 65,534. */
struct lease_range {
	struct ip first;
	uint32_t count;
	uint32_t gateway; /* its place among them; count or more: it is none of them */
};

struct lease_range lease_range(const struct lease_pool *pool);

/* Can a container have that address, where it is wanted: any of the subnet's, also one that is never given in turn. */
bool lease_can_be_had(const struct lease_pool *pool, struct ip wanted);
