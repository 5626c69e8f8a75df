/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/addr.h"
#include "kernel/net/netlink.h"

/*
 * The container's end of its network, seen from within its network namespace. The function that
 * configures is for the container's first process, before exec: it allocates nothing and leaves no
 * descriptor. It needs CAP_NET_ADMIN there.
 */

struct endpoint {
	const char *link;   /* "eth0": made, down, with its veth pair (kernel/net/link.h) */
	struct ip4net addr; /* 10.10.0.2/24 */
	uint32_t gateway;   /* 10.10.0.1 */
};

/* lo up; the link up, with address and default route, and the gateway's MAC address (net/subnet.h), which no neighbour
 * can say otherwise. Running it twice does no harm. */
int endpoint_configure(const struct endpoint *ep, struct err *e);

/* 0 when the link is up and has address, default route and gateway; -ENODEV without the link, else -ESTALE (code
 * "endpoint-different"), and e says what differs. nl was opened in the namespace. */
int endpoint_check(struct netlink *nl, struct arena *a, const struct endpoint *ep, struct err *e);
