/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_parent.h"

#include <errno.h>

#include "kernel/net/addr.h"
#include "net/parent.h"

int network_parent(struct live *live, const struct network *def, const struct spec_attachment *wish,
		   struct network_fact *n, struct err *e)
{
	const struct driver_mode *mode = driver_mode(def->driver, def->mode);
	struct link_info parent;
	int r;

	n->driver = driver_name[def->driver];
	n->mode = mode->name;
	n->parent = def->parent;
	if ((r = parent_ready(&live->route, n->parent, n->driver, def->mtu, &parent, e)) < 0)
		return err_prefix(e, "network %s", n->name);
	if (n->bandwidth.in)
		return err_set(e, "bad-bandwidth", EINVAL, "limit what comes to the container by network %s",
			       n->name),
		       err_cause(e, "%s has no end on the host where it could wait", n->driver),
		       err_hint(e, "limit out= alone, or use a bridge");
	if (!mode->parents_mac)
		return 0;
	if (wish->mac)
		return err_set(e, "bad-mac", EINVAL, "take hardware address %s", wish->mac),
		       err_cause(e, "with %s in mode %s the container has that of %s", n->driver, n->mode,
				 n->parent);
	n->mac = arena_printf(live->arena, "%02x:%02x:%02x:%02x:%02x:%02x", parent.mac[0], parent.mac[1],
			      parent.mac[2], parent.mac[3], parent.mac[4], parent.mac[5]);
	return 0;
}

static bool is_among(const struct ip *list, size_t n, struct ip addr)
{
	for (size_t i = 0; i < n; i++)
		if (ip_same(list[i], addr))
			return true;
	return false;
}

/* Addresses go in turn: each of the host's own is met once at most, before one that was given back is. */
int network_pass_over(struct live *live, struct lease_dir *leases, const struct lease_pool *pool,
		      struct ip wanted, struct ip *addr, struct err *e)
{
	char text[IP_TEXT];
	struct ip *own;
	size_t n, turn = 0;
	int r = addr_list(&live->route, live->arena, addr->family, 0, &own, &n, e);

	while (r == 0 && is_among(own, n, *addr)) {
		if (leases && (r = lease_release(leases, *addr, live->id, e)) < 0)
			break;
		if (ip_is(wanted) || turn++ == n)
			return err_set(e, "address-taken", EADDRINUSE, "take address %s",
				       ip_text(*addr, text)),
			       err_cause(e, "it is this host's own");
		if (leases)
			r = lease_take(leases, pool, live->id, wanted, addr, e);
		else
			*addr = ip_add(*addr, 1);
	}
	return r;
}
