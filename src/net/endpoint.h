/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
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

enum { ENDPOINT_ADDRESSES = 4, ENDPOINT_ROUTES = 64 };

struct endpoint_route {
	struct ip to, via;             /* 10.0.0.0/8; via none: to is on the link */
	uint32_t mtu, advmss, metric;  /* 0: not said */
	uint32_t table;                /* RT_TABLE_*; 0: the main one */
	bool scoped;
	uint8_t scope;                 /* RT_SCOPE_*, if it is said */
};

struct endpoint {
	const char *link; /* "eth0": made, down, with its veth pair (kernel/net/link.h) */
	struct endpoint_address {
		struct ip addr;    /* 10.10.0.2/24 */
		struct ip gateway; /* 10.10.0.1; none: no default route of that family goes this way */
	} at[ENDPOINT_ADDRESSES];
	size_t n;
	uint8_t gateway_mac[6]; /* of all gateways: they are one bridge */
	struct ip known[ENDPOINT_ADDRESSES]; /* gateways by which only other routes go */
	size_t n_known;
	struct endpoint_route routes[ENDPOINT_ROUTES];
	size_t n_routes;
	bool on_lan; /* upon a link of the host's (kernel/net/upper.h): whoever answers for the gateways is believed */
};

/* lo up; the link up, with its addresses, routes and default routes, and the gateways' MAC address, which no
 * neighbour can say otherwise. Running it twice does no harm. */
int endpoint_configure(const struct endpoint *ep, struct err *e);

/* 0 when the link is up and has addresses, default routes and gateways; -ENODEV without the link, else
 * -ESTALE (code "endpoint-different"), and e says what differs. nl was opened in the namespace. */
int endpoint_check(struct netlink *nl, struct arena *a, const struct endpoint *ep, struct err *e);
