/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/ip4.h"
#include "kernel/netlink.h"

/* IPv4 addresses of links. */

/* Give a link an address, and with it the route to its network. One that it has already is fine. */
void addr_put_add(struct netlink_batch *b, int index, const char *link_name, struct ip4net addr);

/* The addresses of the link with that index, or of all links (index 0). */
int addr_list(struct netlink *nl, struct arena *a, int index, struct ip4net **list, size_t *count,
	      struct err *e);
