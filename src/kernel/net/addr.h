/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/* Addresses of links, of both families. */

/* Give a link an address, and with it the route to its network. One that it has already is fine. One of IPv6 can be used
 * at once: nobody is asked whether it is in use (IFA_F_NODAD), which takes a second. So it must be known that it is not. */
void addr_put_add(struct netlink_batch *b, int index, const char *link_name, struct ip addr);

/* Take one away. Absent is fine. */
void addr_put_delete(struct netlink_batch *b, int index, const char *link_name, struct ip addr);

/* Whether the list has that address with that prefix. Pure. */
bool addr_listed(const struct ip *list, size_t count, struct ip want);

/* The addresses of that family (AF_UNSPEC: of both) of the link with that index, or of all links (index 0). */
int addr_list(struct netlink *nl, struct arena *a, int family, int index, struct ip **list, size_t *count,
	      struct err *e);

/* The link that has that address with that prefix: its index, 0: none has. */
int addr_find(struct netlink *nl, struct ip want, int *index, struct err *e);

/* An address as the kernel describes it (rtnetlink(7)), to be taken along with its link. What is not there is none. */
struct addr_whole {
	struct ip local, peer, broadcast; /* each with the length of the prefix */
	uint32_t flags;                   /* IFA_F_* */
};

/* Those of a link that are permanent and of global scope: what somebody gave it, to be reached from elsewhere. */
int addr_list_permanent(struct netlink *nl, struct arena *a, int index, struct addr_whole **list,
			size_t *count, struct err *e);

/* Give a link such an address. Nobody is asked whether it is in use: it was ours before. */
void addr_put_whole(struct netlink_batch *b, int index, const char *link_name, const struct addr_whole *addr);
