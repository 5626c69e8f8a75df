/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How what hangs on a bridge gets outside: a packet of one of them is walked there, which tells of NAT, too, of whatever
 * rules it is made. */
#include "observe/report/map.h"

/* TEST-NET-3 (RFC 5737): an address that is nobody's. */
static const struct ip outside = { AF_INET, 32, { 203, 0, 113, 1 } };

static const struct map_end *end_of(const struct map *m, const struct map_branch *b)
{
	const struct map_edge *e = &m->edges[b->edge];
	ssize_t there = map_there(m, b);

	if (there == MAP_NONE || m->nodes[there].kind != MAP_NETNS || m->nodes[there].ns->is_host ||
	    e->state != MAP_WELL)
		return NULL;
	return b->turned ? e->near : e->far;
}

/* The first one whose packets get there speaks for all. */
static void find_way(struct map *m, const struct map_group *g)
{
	enum { TRIES = 3 };
	struct map_node *hub = &m->nodes[g->node];
	unsigned tried = 0;

	for (size_t i = 0; i < g->n_branches && tried < TRIES && !hub->way_out; i++) {
		const struct map_end *end = end_of(m, &g->branches[i]);
		struct walk_packet p = { .dst = outside, .proto = IPPROTO_TCP, .dport = 80 };
		struct walk way;

		if (!end || !end->n_addrs || end->addrs[0]->ip.family != AF_INET)
			continue;
		tried++;
		p.netns = end->ns->inode;
		p.src = end->addrs[0]->ip;
		walk(m->world, &p, m->arena, &way);
		if (way.verdict != WALK_ARRIVES || !way.out)
			continue;
		hub->way_out = way.out;
		if (!ip_same(way.src, end->addrs[0]->ip))
			hub->way_as = way.src;
	}
}

void map_find_ways(struct map *m)
{
	for (size_t i = 0; i < m->n_sections; i++)
		for (size_t j = 0; m->nodes[m->sections[i].node].ns->is_host && j < m->sections[i].n_groups;
		     j++)
			if (m->nodes[m->sections[i].groups[j].node].kind == MAP_LINK)
				find_way(m, &m->sections[i].groups[j]);
}
