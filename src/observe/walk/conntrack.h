/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/*
 * Connection tracking of the one connection that a walk is about, apart in each namespace, as it begins at priority -200
 * of PRE_ROUTING and OUTPUT: p->conn is found by the packet's addresses and ports, or is new. What NAT makes of it is in
 * it (filter.h), and so the reply is known by its changed tuple.
 */
void conntrack_find(struct way *y, const struct world_netns *ns, struct packet *p);

/* At the end of POST_ROUTING and INPUT: from then on a packet is the connection's. */
void conntrack_confirm(struct way *y, const struct world_netns *ns, struct packet *p);
