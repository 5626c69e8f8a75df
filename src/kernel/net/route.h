/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/addr.h"
#include "kernel/net/netlink.h"

/* Routes, of one family at a time. */

/* Set the default route of the gateway's family, in place of one that there may be: through gateway on the link with that index,
 * which must be up and have an address in the gateway's network (earlier in the same batch will do). */
void route_put_default(struct netlink_batch *b, int index, struct ip gateway);

/* The default route of the main table with the lowest metric. -ESRCH when there is none.
 * *gateway is none for a route without one. */
int route_default(struct netlink *nl, int family, struct ip *gateway, int *index, struct err *e);

/* The way out: the link that packets to the Internet leave by (the rules of policy routing asked, too), and what the
 * route says of their size; 0: nothing. -ESRCH when there is none. */
int route_out(struct netlink *nl, int family, int *index, uint32_t *mtu, struct err *e);

/* The destinations of all routes in all tables, but default routes and those that the kernel made for
 * its own addresses (local, broadcast). Not cheap where there are many routes. */
int route_list(struct netlink *nl, struct arena *a, int family, struct ip **list, size_t *count,
	       struct err *e);
