/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/*
 * Frames: what a link does with one that is sent by it, and what a namespace does with one that comes in by it. Each
 * branch ends in frame_arrives() or frame_drop(). p->src_mac, dst_mac, vlan, ethertype and in, out are the frame's.
 */
void link_send(struct way *y, const struct world_netns *ns, const struct world_link *link, struct packet p);
void link_receive(struct way *y, const struct world_netns *ns, const struct world_link *link, struct packet p,
		  bool was_bridged);

/* Has any link of the world a macvlan on it? */
bool link_any_macvlans(struct way *y);

/* Up at this end, and has it a carrier? Else *end says what is broken. */
bool link_works(const struct way *y, const struct world_netns *ns, const struct world_link *link,
		struct way_end *end, const char **text);

/* bridge.c: a frame that comes in by a port, and one that the bridge's own namespace sends. */
void bridge_receive(struct way *y, const struct world_netns *ns, const struct world_link *bridge,
		    const struct world_link *port, struct packet p);
void bridge_send(struct way *y, const struct world_netns *ns, const struct world_link *bridge,
		 struct packet p);

/* bridge_nf.c: do the hooks of IP see this bridge's frames? Runs one of them. */
bool bridge_calls_ip(const struct world_netns *ns, const struct world_link *bridge, const struct packet *p);
bool bridge_ip_hook(struct way *y, const struct world_netns *ns, const struct world_netns *beyond,
		    const struct world_link *bridge, unsigned hook, struct packet *p,
		    const struct world_link *in, const struct world_link *out);

static inline bool mac_is_many(const uint8_t mac[6])
{
	return mac[0] & 1;
}
