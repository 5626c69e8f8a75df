/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/*
 * resolv.conf(5) of a container, made of the host's: without the name servers that it cannot reach, which
 * are those on the host's loopback, and those of IPv6 where it has none. Pure.
 */

/* `fallback`, lines, is what is added when no name server is left. What else the text says is kept. */
const char *resolv_for_container(struct arena *a, const char *text, bool ipv6, const char *fallback);

/* Whether the text names the local resolver of systemd and no other: then what that asks is in another
 * file. */
bool resolv_is_stub(const char *text);
