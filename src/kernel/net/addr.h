/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/ip4.h"
#include "kernel/net/netlink.h"

/* Addresses of links: IPv4 ones, and, to be taken along, those of any family. */

/* Give a link an address, and with it the route to its network. One that it has already is fine. */
void addr_put_add(struct netlink_batch *b, int index, const char *link_name, struct ip4net addr);

/* Whether the list has that address with that prefix. Pure. */
bool addr_listed(const struct ip4net *list, size_t count, struct ip4net want);

/* The addresses of the link with that index, or of all links (index 0). */
int addr_list(struct netlink *nl, struct arena *a, int index, struct ip4net **list, size_t *count,
	      struct err *e);

/* An address as the kernel describes it (rtnetlink(7)), in network order, `size` bytes of each. */
struct addr_any {
	uint8_t family, len; /* AF_*; prefix length */
	uint32_t flags;      /* IFA_F_* */
	uint8_t size;
	uint8_t local[16], peer[16], broadcast[16];
	bool has_local, has_peer, has_broadcast;
};

/* Those of a link that are permanent and of global scope: what somebody gave it, to be reached from elsewhere. */
int addr_list_permanent(struct netlink *nl, struct arena *a, int index, struct addr_any **list, size_t *count,
			struct err *e);

/* Give a link such an address. Nobody is asked whether it is in use: it was ours before. */
void addr_put_any(struct netlink_batch *b, int index, const char *link_name, const struct addr_any *addr);
