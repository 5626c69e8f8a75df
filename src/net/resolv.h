/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "spec/spec.h"

/*
 * resolv.conf(5) of a container, made of the host's. Pure. As docker makes it: without the name servers that
 * it cannot reach, which are those on the host's loopback, and those of IPv6 where it has none; and what a
 * person names of one kind (servers, domains, options) stands in place of all that the host has of it.
 */
struct resolv_wish {
	bool loopback;        /* the host's loopback is its own: every server is reached */
	bool ipv6;            /* it has a way out by IPv6 */
	const char *fallback; /* lines, added when no name server is left */
	const struct spec_names *names;
};

/* What else the text says is kept. */
const char *resolv_for_container(struct arena *a, const char *text, const struct resolv_wish *w);

/* The name servers of it, or of the fallback. */
void resolv_servers(struct arena *a, const char *text, const struct resolv_wish *w, struct strv *servers);

/* Whether the text names the local resolver of systemd and no other: then what that asks is in another
 * file. */
bool resolv_is_stub(const char *text);
