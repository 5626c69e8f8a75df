/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_VETH: mac, addresses and mtu are the peer's */
struct step_veth {
	const char *name, *peer, *bridge, *mac;
	const char *first; /* the link that has the gateway's address, if it is not the bridge: of a cable on a further
			    * bridge, the first one; in a VLAN, the host's link in that. NULL: the bridge */
	const char *network;
	struct strv addresses;
	uint64_t mtu;
	uint64_t vlan;        /* the port's own; 0: none is said */
	struct strv trunk;    /* of these it is a member with a tag: "10", "20-29" */
	bool no_default_vlan; /* and not of VLAN 1 */
	bool hairpin; /* what comes from the port may go back to it */
	bool kept;    /* the namespace is not guise's and lives on: undo takes the link away */
};

/* STEP_ADDRESS */
struct step_address {
	const char *link;
	struct strv addresses,
		gateways;        /* "10.10.0.2/24"; the n-th one's, "10.10.0.1", "": no way out by it */
	const char *gateway_mac; /* NULL: whoever answers for the gateways is believed */
	struct strv known;       /* more addresses of the gateway's: such as routes lead to */
	struct strv routes;      /* more of them, as ip-route(8) has it: "10.0.0.0/8", "10.0.0.0/8 via 10.10.0.9 mtu 1300";
				  * advmss, metric, table and scope, too, each a number */
};

/* The next cable, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_veth *plan_next_veth(const struct plan *p, size_t *at);

/* One of the container's networks: its name, the interface inside, and what that has. */
struct plan_endpoint {
	const char *network, *link, *mac;
	struct strv addresses, gateways; /* "10.10.0.2/24"; the n-th one's, or "" */
};

/* The next one: true, or false behind the last one. *at starts as 0. */
bool plan_next_endpoint(const struct plan *p, size_t *at, struct plan_endpoint *ep);
