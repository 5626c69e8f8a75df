/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/link.h"

/*
 * The link of the host's that those of containers are upon (kernel/net/upper.h): found, and judged before anything is made.
 * What the kernel refuses only when a link is made, it is left to refuse.
 */

/* The link that the default route leads to, of IPv4, or else of IPv6. -ESRCH "no-parent". */
int parent_default(struct netlink *nl, struct link_info *parent, struct err *e);

/* The one of that name, fit to carry links of that kind: "no-parent", "bad-parent" (lo, a port of a bridge, an ipvlan, one
 * without a MAC address). It may be down. */
int parent_find(struct netlink *nl, const char *name, const char *kind, struct link_info *parent,
		struct err *e);

/* The same, and it is up: "parent-down". mtu: what a person asked for, 0: nothing; "bad-mtu" where the parent's is less. */
int parent_ready(struct netlink *nl, const char *name, const char *kind, unsigned mtu,
		 struct link_info *parent, struct err *e);

/* Its networks, as words for a person: "192.0.2.0/24, fd00::/64", or "". In the arena. */
const char *parent_networks(struct netlink *nl, struct arena *a, const struct link_info *parent);

/* The gateway of the default route that leads to it, if it lies in that subnet; none. */
struct ip parent_gateway(struct netlink *nl, const struct link_info *parent, struct ip subnet);
