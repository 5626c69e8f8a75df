/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Who may answer a question for an address: who has it, and who answers for others, too. A question is flooded, on a bridge
 * of hundreds of ports, and for each walk of thousands: so it is known once who need not be asked.
 */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/parts.h"

static int by_ip(const void *a, const void *b)
{
	const struct world_holder *x = a, *y = b;

	return x->ip.family != y->ip.family ? x->ip.family - y->ip.family :
					      memcmp(x->ip.bytes, y->ip.bytes, sizeof(x->ip.bytes));
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void add(struct world *w, const struct world_netns *ns, struct ip ip)
{
	struct world_holder holder = { .ip = ip, .netns = ns->inode };

	arena_push(w->arena, w->holders, w->n_holders, holder);
}

static bool has_proxy(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_neighs; i++)
		if (ns->neighs[i].flags & NTF_PROXY)
			return true;
	for (size_t i = 0; i < ns->n_sysctls; i++)
		if (ns->sysctls[i].name && str_ends_in(ns->sysctls[i].name, ".proxy_arp") &&
		    !str_eq(ns->sysctls[i].value, "0"))
			return true;
	return false;
}

/* Beside its addresses: what is routed to itself. false: more than single addresses, and what is within 127.0.0.0/8. */
static bool add_routed(struct world *w, const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->type != RTN_LOCAL || (r->dst.family == AF_INET && r->dst.bytes[0] == 127))
			continue;
		if (r->dst.len != 8 * ip_size(r->dst))
			return false;
		add(w, ns, r->dst);
	}
	return true;
}

/* Does it answer for its own addresses only, and pass nothing on? Cables that end nowhere are the world's fault. */
static bool is_plain(struct world *w, const struct world_netns *ns)
{
	bool passes_on = false;

	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *l = &ns->links[i];

		passes_on |= l->master != 0;
		w->has_answers &= !str_eq(l->kind, "macvlan") &&
				  (!l->peer_netns || world_netns_of(w, l->peer_netns));
	}
	for (size_t i = 0; i < ns->n_addrs; i++)
		add(w, ns, ns->addrs[i].ip);
	return add_routed(w, ns) && !passes_on && !has_proxy(ns);
}

void world_index_answers(struct world *w)
{
	w->has_answers = true;
	for (size_t i = 0; i < w->n_netns; i++)
		if (!is_plain(w, &w->netns[i]))
			arena_push(w->arena, w->others, w->n_others, w->netns[i].inode);
	if (w->n_holders)
		qsort(w->holders, w->n_holders, sizeof(*w->holders), by_ip);
	if (w->n_others)
		qsort(w->others, w->n_others, sizeof(*w->others), by_number);
}

bool world_may_answer(const struct world *w, uint64_t netns, struct ip ip)
{
	const struct world_holder key = { .ip = ip };
	const struct world_holder *h = w->n_holders ?
					       bsearch(&key, w->holders, w->n_holders, sizeof(key), by_ip) :
					       NULL;

	if (!w->has_answers ||
	    (w->n_others && bsearch(&netns, w->others, w->n_others, sizeof(netns), by_number)))
		return true;
	while (h && h > w->holders && by_ip(h - 1, &key) == 0)
		h--;
	for (; h && h < w->holders + w->n_holders && by_ip(h, &key) == 0; h++)
		if (h->netns == netns)
			return true;
	return false;
}
