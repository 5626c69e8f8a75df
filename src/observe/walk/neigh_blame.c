/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Nobody answered: among all that was dropped on the way, what stands between who asked and who has the address? */
#include <linux/if.h>

#include "observe/walk/link.h"
#include "observe/walk/neigh.h"

struct owner {
	const struct world_netns *ns;
	const struct world_link *link;
};

static struct owner owner_of(const struct way *y, const struct world_netns *not_here, struct ip ip)
{
	for (size_t i = 0; i < y->w->n_netns; i++) {
		const struct world_netns *ns = &y->w->netns[i];

		for (size_t k = 0; k < ns->n_addrs && ns != not_here; k++)
			if (ip_same(ns->addrs[k].ip, ip))
				return (struct owner){ ns, world_link_at(ns, ns->addrs[k].link) };
	}
	return (struct owner){ 0 };
}

static bool drop_of(struct way *y, enum walk_verdict verdict, const struct owner *owner)
{
	for (size_t i = 0; i < y->n_drops; i++) {
		const struct way_drop *d = &y->drops[i];

		/* of a flood, what reached others is none */
		if (!owner && str_eq(d->end.code, "neighbour-stale"))
			continue;
		if (d->verdict == verdict && (!owner || d->beyond == owner->ns)) {
			way_stop_at(y, d);
			return true;
		}
	}
	return false;
}

/* Its cable's other end lies about, on no bridge and without an address. */
static bool off_bridge(const struct way *y, const struct world_netns *ns, const struct world_link *link,
		       const struct world_link **end, const struct world_netns **end_ns)
{
	*end = str_eq(link->kind, "veth") ? world_peer(y->w, ns, link, end_ns) : NULL;
	if (!*end || (*end)->master)
		return false;
	for (size_t i = 0; i < (*end_ns)->n_addrs; i++)
		if ((*end_ns)->addrs[i].link == (*end)->index && (*end_ns)->addrs[i].ip.family == AF_INET)
			return false;
	return true;
}

static bool at_cable(struct way *y, const struct world_netns *ns, const struct world_link *link)
{
	const struct world_link *end;
	const struct world_netns *end_ns = NULL;
	struct way_end why;
	const char *text;

	if (off_bridge(y, ns, link, &end, &end_ns)) {
		way_block(y, end_ns, "link",
			  &(struct way_end){ .code = "veth-not-on-bridge", .object = end->name },
			  "%s, the other end of %s's cable, is on no bridge%s", end->name, link->name,
			  end->flags & IFF_UP ? "" : ", and down");
		return true;
	}
	if (link_works(y, ns, link, &why, &text))
		return false;
	way_block(y, ns, "link", &why, "%s", text);
	return true;
}

static const struct world_link *bare_bridge(const struct way *y)
{
	for (size_t i = 0; i < y->n_arrivals; i++)
		if (str_eq(y->arrivals[i].link->kind, "bridge"))
			return y->arrivals[i].link;
	return NULL;
}

static void nobody(struct way *y, const struct world_netns *ns, const struct world_link *link,
		   struct ip target, bool is_gateway)
{
	const struct world_link *bridge = bare_bridge(y);
	struct way_end end = { .code = "neighbour-missing", .object = way_ip(y, target) };

	if (is_gateway)
		end.code = bridge ? "gateway-address-missing" : "gateway-wrong";
	if (bridge && is_gateway)
		end.object = bridge->name;
	way_block(y, ns, "neighbour", &end, "nobody behind %s answers for %s", link->name, way_ip(y, target));
}

void neigh_blame(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip target,
		 bool is_gateway)
{
	struct owner owner = owner_of(y, ns, target);

	y->out->n_hops = y->base;
	if (drop_of(y, WALK_UNKNOWN, NULL) || at_cable(y, ns, link))
		return;
	if (owner.link && (drop_of(y, WALK_BLOCKED, &owner) || at_cable(y, owner.ns, owner.link)))
		return;
	/* what was dropped nearest to who asked */
	if (y->n_drops && (!y->n_arrivals || owner.link) && drop_of(y, WALK_BLOCKED, NULL))
		return;
	nobody(y, ns, link, target, is_gateway);
}
