/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/net/conntrack.h"
#include "net/ports.h"

/* What becomes of the ports, which says whose connections are old. */
enum ports_when {
	PORTS_BEGIN, /* they lead to the container for the first time: all that went there before. Whoever had the container's
		      * address is forgotten already: net/former.h */
	PORTS_AGAIN, /* they have been put back: what went elsewhere meanwhile */
	PORTS_END,   /* they lead there no longer, or never did: what was led to the container */
};

/* Delete what the kernel remembers of such connections to these ports of the host. Those that only pass the host, to the
 * same port elsewhere, stay. 0 or -errno, as conntrack_delete() and addr_list(); a kernel that remembers none, or has no
 * netfilter, is fine. */
int ports_forget_connections(const struct ports_range *range, enum ports_when when, struct err *e);

/* Delete those of that family for which fn says so, likewise: conntrack_delete() in this network namespace. */
int ports_forget_those(int family, conntrack_fn *fn, void *arg, struct err *e);
