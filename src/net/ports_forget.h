/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "net/ports.h"

/* What becomes of the ports, which says whose connections are old. */
enum ports_when {
	PORTS_BEGIN, /* they lead to the container for the first time: all that went there before, and all from and to the
		      * container's address, since whoever had that is gone */
	PORTS_AGAIN, /* they have been put back: what went elsewhere meanwhile */
	PORTS_END,   /* they lead there no longer, or never did: what was led to the container */
};

/* Delete what the kernel remembers of such connections to these ports of the host. Those that only pass the host, to the
 * same port elsewhere, stay. 0 or -errno, as conntrack_delete() and addr_list(); a kernel that remembers none, or has no
 * netfilter, is fine. */
int ports_forget_connections(const struct ports_range *range, enum ports_when when, struct err *e);

/* The same of all from and to an address, which begins to be a container's: whoever had it is gone. */
int ports_forget_address(struct ip address, struct err *e);

/* Of several at once: what the kernel remembers is read once for each family of theirs. */
int ports_forget_addresses(const struct ip *list, size_t n, struct err *e);
