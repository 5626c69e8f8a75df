/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How what hangs on a bridge gets outside: a packet of one of them is walked there, which tells of NAT, too, of whatever
 * rules it is made. */
#include "observe/report/map.h"

/* Who is asked there: the host's gateway, if it is in this world (that of a laboratory), or an address that is nobody's
 * (TEST-NET-3, RFC 5737). */
struct outside {
	struct ip ip;
	const char *link; /* by which the gateway is reached; NULL: the walk tells */
};

static bool is_in_world(const struct map *m, struct ip ip)
{
	for (size_t i = 0; i < m->n_ends; i++)
		for (size_t j = 0; j < m->ends[i].n_addrs; j++)
			if (ip_same(m->ends[i].addrs[j]->ip, ip))
				return true;
	return false;
}

static struct outside find_outside(const struct map *m)
{
	const struct map_node *n = &m->nodes[m->outside];
	const struct map_edge *e = n->n_edges ? &m->edges[n->edges[0]] : NULL;

	if (e && e->via.family == AF_INET && is_in_world(m, e->via))
		return (struct outside){ e->via, e->far->link->name };
	return (struct outside){ { AF_INET, 32, { 203, 0, 113, 1 } }, NULL };
}

static const struct map_end *asker(const struct map *m, const struct map_branch *b)
{
	const struct map_edge *e = &m->edges[b->edge];
	ssize_t there = map_there(m, b);

	if (there == MAP_NONE || m->nodes[there].kind != MAP_NETNS || m->nodes[there].ns->is_host ||
	    e->state != MAP_WELL)
		return NULL;
	return b->turned ? e->near : e->far;
}

/* The first one whose packets get there speaks for all. */
static void find_way(struct map *m, const struct map_group *g, const struct outside *outside)
{
	enum { TRIES = 3 };
	struct map_node *hub = &m->nodes[g->node];
	unsigned tried = 0;

	for (size_t i = 0; i < g->n_branches && tried < TRIES && !hub->way_out; i++) {
		const struct map_end *end = asker(m, &g->branches[i]);
		struct walk_packet p = { .dst = outside->ip, .proto = IPPROTO_ICMP };
		struct walk way;

		if (!end || !end->n_addrs || end->addrs[0]->ip.family != AF_INET)
			continue;
		tried++;
		p.netns = end->ns->inode;
		p.src = end->addrs[0]->ip;
		walk(m->world, &p, m->arena, &way);
		if (way.verdict != WALK_ARRIVES || !(way.out || outside->link))
			continue;
		hub->way_out = way.out ? way.out : outside->link;
		if (!ip_same(way.src, end->addrs[0]->ip))
			hub->way_as = way.src;
	}
}

static bool is_bridge(const struct map *m, const struct map_group *g)
{
	const struct map_node *n = &m->nodes[g->node];

	return n->kind == MAP_LINK && str_eq(n->end->link->kind, "bridge");
}

void map_find_ways(struct map *m)
{
	struct outside outside = find_outside(m);

	for (size_t i = 0; i < m->n_sections; i++)
		for (size_t j = 0; m->nodes[m->sections[i].node].ns->is_host && j < m->sections[i].n_groups;
		     j++)
			if (is_bridge(m, &m->sections[i].groups[j]))
				find_way(m, &m->sections[i].groups[j], &outside);
}
