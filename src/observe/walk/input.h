/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/route.h"
#include "observe/walk/way.h"

/*
 * What a namespace decides of a packet that comes in by a link: martians, where it shall go, whether it may be
 * forwarded, and by the reverse path whether its source is believed (ip_route_input_slow(), fib_validate_source() of
 * net/ipv4; ip6_route_input(), ip6_forward()).
 */
struct input_answer {
	struct route_answer route;
	bool is_blocked, is_unknown;
	struct way_end end;
	const char *layer, *text;
};

void input_route(const struct way *y, const struct world_netns *ns, const struct world_link *in,
		 const struct packet *p, struct input_answer *r);

/* May what comes in by `in` go on to others? */
bool input_forwards(const struct world_netns *ns, const struct world_link *in, const struct packet *p);

/* What the routes ask of a packet. in: NULL, from a socket here. */
struct route_ask input_ask(const struct packet *p, const struct world_link *in);

/* "route", a sentence, and doctor's code for what has no route or one that refuses. */
void input_no_route(const struct way *y, const struct world_netns *ns, const struct route_answer *route,
		    const struct packet *p, struct input_answer *r);
