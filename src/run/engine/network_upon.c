/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_upon.h"

#include <errno.h>

#include "net/parent.h"

/* A free one would be no LAN's, and the addresses of one that the host is on are others' to give. */
static int need_subnet(struct netlink *nl, struct arena *a, const struct network *n,
		       const struct link_info *parent, struct err *e)
{
	const char *networks = parent_networks(nl, a, parent);

	err_set(e, "no-subnet", EINVAL, "define a network upon %s", n->parent);
	err_cause(
		e,
		"its containers are on that one's LAN, and no --subnet says which addresses they have there");
	return err_hint(
		e,
		"%s%s%swrite --subnet, --gateway (the LAN's router), and --ip-range with a part of it that nobody else gives addresses of",
		*networks ? "the host is in " : "", networks, *networks ? ": " : "");
}

int upon_complete(struct netlink *nl, struct arena *a, struct network *n, struct err *e)
{
	const char *kind = driver_name[n->driver];
	struct link_info parent;
	int r = n->parent ? parent_find(nl, n->parent, kind, &parent, e) : parent_default(nl, &parent, e);

	if (r < 0)
		return r;
	/* also the default route's may not be fit */
	if (!n->parent) {
		n->parent = arena_strdup(a, parent.name);
		if ((r = parent_find(nl, n->parent, kind, &parent, e)) < 0)
			return r;
	}
	if (!n->mode)
		n->mode = driver_mode(n->driver, NULL)->name;
	if (!n->n_subnets)
		return need_subnet(nl, a, n, &parent, e);
	for (size_t i = 0; i < n->n_subnets; i++) {
		struct ip gateway = parent_gateway(nl, &parent, n->subnets[i].subnet);

		if (n->subnets[i].gateway_given || !ip_is(gateway))
			continue;
		n->subnets[i].gateway = gateway;
		n->subnets[i].gateway.len = n->subnets[i].subnet.len;
	}
	return 0;
}
