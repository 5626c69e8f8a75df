/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
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

/* RTN_* as ip(8) calls them: "blackhole", "local", ...; "" for unicast and what it has no word for. */
const char *route_type_name(uint64_t type);

/* The way out: the link that packets to the Internet leave by (the rules of policy routing asked, too), and what the
 * route says of their size; 0: nothing. -ESRCH when there is none. */
int route_out(struct netlink *nl, int family, int *index, uint32_t *mtu, struct err *e);

/* The destinations of all routes in all tables, but default routes and those that the kernel made for
 * its own addresses (local, broadcast). Not cheap where there are many routes. */
int route_list(struct netlink *nl, struct arena *a, int family, struct ip **list, size_t *count,
	       struct err *e);

/* The links that default routes of the main table lead to which that protocol (RTPROT_*) made: their indexes. */
int route_default_links(struct netlink *nl, struct arena *a, int family, uint8_t protocol, int **links,
			size_t *count, struct err *e);

/* Where the first of these leads that has that destination. */
struct route_place {
	bool found;
	int index;      /* of its link; 0: it has none, or several */
	uint32_t table; /* RT_TABLE_* */
	uint8_t type;   /* RTN_* */
};
int route_find(struct netlink *nl, struct ip to, struct route_place *place, struct err *e);

/* A route as rtnetlink(7) has it, and a rule that says where to look for one (ip-rule(8)). What is not there is zero. */
struct route_whole {
	int family;
	uint8_t type, scope, protocol, tos; /* RTN_*, RT_SCOPE_*, RTPROT_* */
	uint32_t table, metric;
	struct ip to, via, source; /* none: default, none, as the kernel chooses */
	int index;                 /* of its link; 0: none */
	uint32_t mtu, advmss;      /* of the way; 0: not said */
};

struct route_policy {
	int family;
	uint8_t action, tos; /* FR_ACT_* */
	uint32_t priority, table, mark, mask;
	struct ip from, to;
	const char *iif, *oif;
	bool invert;
};

/* Is there one with that destination, next hop, link, table, and whatever else is not zero? 1, 0 or -errno. */
int route_is(struct netlink *nl, const struct route_whole *want, struct err *e);

/* For batches: add it, or take it away. One that is there already, or not any more, is fine. `text` is for the error. */
void route_put_whole(struct netlink_batch *b, bool add, const struct route_whole *route, const char *text);
void route_put_policy(struct netlink_batch *b, bool add, const struct route_policy *policy, const char *text);
