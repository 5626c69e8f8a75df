/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/*
 * What namespaces do with a packet of IP, one after the other: out of a socket (route, source, OUTPUT, and once more the
 * route if that has changed it), in by a link (PRE_ROUTING, route, INPUT or FORWARD), POST_ROUTING, out by a link.
 */

/* What is at the end of one leg, which is the beginning of the next. */
struct leg {
	const struct world_netns *ns;
	const struct world_link *in; /* NULL: from a socket of ns */
	struct packet p;
	bool was_bridged, at_end;
	bool outside; /* it has left the machine by `in` */
};

/* From a socket or a link to where it is taken: at_end, or outside; or the walk has ended. */
void host_go(struct way *y, struct leg *leg);

/* Of a frame's branches, one takes it, or none does: that ends the walk. */
void host_choose(struct way *y, const struct world_netns *ns, const struct world_link *link, struct leg *leg);
