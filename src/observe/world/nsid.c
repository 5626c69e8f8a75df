/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "base/fd.h"
#include "observe/world/dump.h"
#include "observe/world/parts.h"

/*
 * Where the other end of a cable is. The kernel names its namespace by a number (IFLA_LINK_NETNSID) that only means
 * something in the namespace that asks, and tells the number of a namespace that one has a descriptor of, not the way
 * back. So the host asks for the numbers of all, and each other one for the host's. That settles nearly all. For a
 * cable between two others, the end is looked for that has this one as its own other end, and its namespace is asked
 * about: what was guessed is never believed.
 *
 * Until then a link's peer_netns is that number, and peer_unknown is set.
 */

enum { ASK_MAX = 20000 }; /* questions in the second step: each is an open(2) and a message */

static void take_id(const struct nlmsghdr *msg, void *arg)
{
	int64_t *id = arg;
	const struct nlattr *attr;

	if (!msg || msg->nlmsg_type != RTM_NEWNSID)
		return;
	mnl_attr_for_each(attr, msg,
			  sizeof(struct rtgenmsg)) if (mnl_attr_get_type(attr) ==
						       NETNSA_NSID) *id = (int32_t)mnl_attr_get_u32(attr);
}

/* The number of a namespace, here; negative: it has none. */
static int64_t ask(struct netlink *nl, int fd)
{
	struct netlink_batch b;
	struct err e;
	int64_t id = -1;

	netlink_start(&b);
	netlink_add_get(&b, RTM_GETNSID, sizeof(struct rtgenmsg));
	netlink_put_u32(&b, NETNSA_FD, (uint32_t)fd);
	return netlink_run(nl, &b, take_id, &id, &e) < 0 ? -1 : id;
}

static void note(struct world *w, struct world_netns *ns, struct netlink *nl, const struct world_netns *other)
{
	autoclose int fd = world_netns_open(other);
	int64_t id = fd < 0 ? -1 : ask(nl, fd);
	struct world_nsid nsid = { id, other->inode };

	if (id >= 0)
		arena_push(w->arena, ns->nsids, ns->n_nsids, nsid);
}

/* Is there a link whose other end is elsewhere, and unknown? */
static bool is_open(const struct world_netns *ns, const void *unused)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].peer_unknown)
			return true;
	return false;
}

void world_read_nsids(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	if (!is_open(ns, NULL))
		return;
	for (size_t i = 0; i < w->n_netns; i++)
		if (&w->netns[i] != ns && (ns->is_host || w->netns[i].is_host))
			note(w, ns, nl, &w->netns[i]);
}

/* Links whose number is known. */
static int compare_ids(const void *a, const void *b)
{
	const struct world_nsid *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void settle(struct world_netns *ns)
{
	if (ns->n_nsids)
		qsort(ns->nsids, ns->n_nsids, sizeof(*ns->nsids), compare_ids);
	for (size_t i = 0; i < ns->n_links; i++) {
		struct world_link *link = &ns->links[i];
		struct world_nsid key = { (int64_t)link->peer_netns, 0 }, *found;

		if (!link->peer_unknown || !ns->n_nsids)
			continue;
		found = bsearch(&key, ns->nsids, ns->n_nsids, sizeof(key), compare_ids);
		if (found) {
			link->peer_netns = found->netns;
			link->peer_unknown = false;
		}
	}
}

/* ---- the second step ---- */

struct end {
	int64_t index;
	const struct world_link *link;
	const struct world_netns *ns;
};

struct ends {
	struct end *v;
	size_t n;
	unsigned asked;
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static struct ends collect(const struct world *w)
{
	struct ends ends = { 0 };

	for (size_t i = 0; i < w->n_netns; i++)
		ends.n += w->netns[i].n_links;
	ends.v = arena_array(w->arena, struct end, ends.n);
	ends.n = 0;
	for (size_t i = 0; i < w->n_netns; i++)
		for (size_t j = 0; j < w->netns[i].n_links; j++)
			ends.v[ends.n++] = (struct end){ w->netns[i].links[j].index, &w->netns[i].links[j],
							 &w->netns[i] };
	if (ends.n)
		qsort(ends.v, ends.n, sizeof(*ends.v), compare_ends);
	return ends;
}

static size_t first_at(const struct ends *ends, int64_t index)
{
	size_t low = 0, high = ends->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ends->v[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* May that be the other end? A cable's has this one as its own; a parent knows nothing of what is on it. */
static bool may_be(const struct world_link *link, const struct end *end)
{
	bool cable = str_eq(link->kind, "veth") || str_eq(link->kind, "netkit");

	return !cable || (str_eq(link->kind, end->link->kind) && end->link->peer == link->index);
}

static void look_for(struct world *w, struct world_netns *ns, struct world_link *link, struct netlink *nl,
		     struct ends *ends)
{
	for (size_t i = first_at(ends, link->peer); i < ends->n && ends->v[i].index == link->peer; i++) {
		const struct end *end = &ends->v[i];

		if (end->ns == ns || end->ns->is_host || !may_be(link, end) || ends->asked++ >= ASK_MAX)
			continue;
		autoclose int fd = world_netns_open(end->ns);

		if (fd >= 0 && ask(nl, fd) == (int64_t)link->peer_netns) {
			struct world_nsid nsid = { (int64_t)link->peer_netns, end->ns->inode };

			arena_push(w->arena, ns->nsids, ns->n_nsids, nsid);
			return settle(ns);
		}
	}
}

static void look_around(struct world *w, struct world_netns *ns, void *ends)
{
	struct netlink nl;
	struct err e;

	if (netlink_open(&nl, NETLINK_ROUTE, &e) < 0)
		return;
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].peer_unknown)
			look_for(w, ns, &ns->links[i], &nl, ends);
	netlink_close(&nl);
}

void world_find_peers(struct world *w)
{
	bool open = false;
	struct ends ends;

	for (size_t i = 0; i < w->n_netns; i++) {
		settle(&w->netns[i]);
		open |= is_open(&w->netns[i], NULL);
	}
	if (open && w->n_netns > 1) {
		ends = collect(w);
		world_visit(w, is_open, look_around, &ends);
	}
	for (size_t i = 0; i < w->n_netns; i++)
		for (size_t j = 0; j < w->netns[i].n_links; j++)
			if (w->netns[i].links[j].peer_unknown)
				w->netns[i].links[j].peer_netns = 0;
}
