/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where a finding is drawn: at its link, if that is; else at its namespace; else at the whole. */
#include "observe/report/map.h"

static void mark(struct map *m, struct map_marks *marks, size_t finding)
{
	bool sure = m->findings->v[finding].certainty == CERTAINTY_FAULT;

	arena_push(m->arena, marks->v, marks->n, finding);
	marks->state = map_worse(marks->state, sure ? MAP_BROKEN : MAP_SUSPECT);
}

static struct map_end *link_of(const struct map *m, const struct finding *f)
{
	const struct map_node *netns = map_netns_of(m, f->netns);
	const struct world_link *link = netns && f->link ? world_link_named(netns->ns, f->link) : NULL;

	return link ? map_end_of(m, f->netns, link->index) : NULL;
}

static void place(struct map *m, size_t i)
{
	const struct finding *f = &m->findings->v[i];
	struct map_end *end = link_of(m, f);
	struct map_node *netns;

	if (end)
		mark(m, &end->marks, i);
	if (end && end->node != MAP_NONE)
		mark(m, &m->nodes[end->node].marks, i);
	if (end && end->is_drawn)
		return;
	/* a cgroup or a mount is in no network */
	if (!end && f->object && *f->object == '/')
		netns = NULL;
	else
		netns = end ? &m->nodes[end->home] : map_netns_of(m, f->netns);
	mark(m, netns ? &netns->marks : &m->marks, i);
}

static enum map_state state_of(const struct map_end *end)
{
	return end ? end->marks.state : MAP_WELL;
}

void map_find_marks(struct map *m)
{
	for (size_t i = 0; m->findings && i < m->findings->n; i++)
		place(m, i);
	for (size_t i = 0; i < m->n_edges; i++)
		m->edges[i].state = map_worse(state_of(m->edges[i].near), state_of(m->edges[i].far));
}
