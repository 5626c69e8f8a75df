/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/walk.h"
#include "observe/world/read.h"

/*
 * What a person asks, as the packet of a walk. FROM is a target (world_target()), an address, "host" or "outside"; TO the
 * same with [:PORT][/tcp|udp|icmp], an address of IPv6 with a port in brackets. Without a port it is an echo request, with
 * one TCP.
 *
 * Of a namespace the address is taken that is in a subnet of FROM's, or else the first one. "outside" is who the host's
 * default route leads to, where that is in the world (the outside of a laboratory), or else an address of the Internet.
 *
 * -EINVAL "bad-question", or what world_target() says.
 */
int walk_question(const struct world *w, const char *from, const char *to, struct arena *a,
		  struct walk_packet *p, struct err *e);

/* An address of `to` that a packet from `from` would use. None: it has none. */
struct ip walk_address(const struct world_netns *from, const struct world_netns *to);
