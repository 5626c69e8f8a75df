/* SPDX-License-Identifier: GPL-2.0-or-later */

/* By which groups a map is shown, and what folds in them. */
#include <stdlib.h>
#include <string.h>

#include "observe/report/map.h"

/* Of more than MANY of a kind, KEPT are shown. */
enum { MANY = 8, KEPT = 6 };

/* ---- whose an edge is ---- */

/* Of two namespaces with a cable between them: the host, or that with more cables, or the first. */
static bool is_head(const struct map *m, ssize_t a, ssize_t b)
{
	const struct map_node *p = &m->nodes[a], *q = &m->nodes[b];

	if (p->ns->is_host != q->ns->is_host)
		return p->ns->is_host;
	return p->n_cables != q->n_cables ? p->n_cables > q->n_cables : a <= b;
}

/* Is the edge shown in the group of `node`, which is one of its ends? A bridge, or a parent, shows all that is on it. */
static bool is_owner(const struct map *m, ssize_t node, const struct map_edge *e)
{
	ssize_t other = e->from == node ? e->to : e->from;

	if (e->joint == MAP_UPLINK)
		return false;
	if (e->joint != MAP_CABLE)
		return e->from == node;
	if (m->nodes[node].kind == MAP_LINK || other == MAP_NONE)
		return true;
	return m->nodes[other].kind == MAP_NETNS && is_head(m, node, other);
}

static void find_hubs(struct map *m)
{
	for (size_t i = 0; i < m->n_edges; i++) {
		const struct map_edge *e = &m->edges[i];

		if (e->joint == MAP_UPLINK)
			continue;
		m->nodes[e->from].n_cables++;
		if (e->to != MAP_NONE)
			m->nodes[e->to].n_cables++;
	}
	for (size_t i = 0; i < m->n_nodes; i++) {
		struct map_node *n = &m->nodes[i];

		n->is_hub = n->kind == MAP_LINK && str_eq(n->end->link->kind, "bridge");
		for (size_t j = 0; j < n->n_edges && !n->is_hub; j++)
			n->is_hub = is_owner(m, i, &m->edges[n->edges[j]]);
	}
}

/* ---- order ---- */

static const char *title_of(const struct map *m, const struct map_branch *b)
{
	ssize_t there = map_there(m, b);

	return there == MAP_NONE || !m->nodes[there].title ? "" : m->nodes[there].title;
}

static int by_title(const void *a, const void *b, void *arg)
{
	const struct map_branch *p = a, *q = b;
	int title = strverscmp(title_of(arg, p), title_of(arg, q));

	return title ? title : (p->edge > q->edge) - (p->edge < q->edge);
}

/* ---- what is alike ---- */

struct alike {
	const char *kind;
	size_t at;
};

static bool is_broken(const struct map *m, const struct map_branch *b)
{
	ssize_t there = map_there(m, b);

	return m->edges[b->edge].state != MAP_WELL ||
	       (there != MAP_NONE && m->nodes[there].marks.state != MAP_WELL);
}

/* A word for all that are folded together; NULL: it stands for itself, since it is broken or has others behind it. */
static const char *kind_of(const struct map *m, const struct map_branch *b)
{
	const struct map_edge *e = &m->edges[b->edge];
	ssize_t there = map_there(m, b);
	const struct map_node *node = there == MAP_NONE ? NULL : &m->nodes[there];
	const struct map_end *far = b->turned ? e->near : e->far;
	bool ports = false;

	if (is_broken(m, b) || (node && (node->is_hub || node->ns->is_host)))
		return NULL;
	if (!node)
		return "its other end is not found";
	for (size_t i = 0; i < node->n_containers; i++)
		ports = ports || node->containers[i]->n_ports;
	return arena_printf(m->arena, "%d %s %zu %s %zu %s", e->joint,
			    far ? str_eq(far->link->kind, "veth") ? "cable" : "" : "", far ? far->n_addrs : 0,
			    node->n_containers ? node->containers[0]->engine : "", node->n_edges,
			    ports ? "ports" : "");
}

static int by_kind(const void *a, const void *b)
{
	const struct alike *p = a, *q = b;
	int kind = strcmp(p->kind, q->kind);

	return kind ? kind : (p->at > q->at) - (p->at < q->at);
}

/* Take n branches, which are alike, out of the list, and put one that says so at its end. */
static void fold_these(struct map *m, struct map_group *g, const struct alike *v, size_t n,
		       struct map_branch *out, size_t *n_out)
{
	struct map_branch more = g->branches[v[0].at];

	more.more = n;
	more.folded = arena_array(m->arena, size_t, n);
	for (size_t i = 0; i < n; i++) {
		more.folded[i] = map_there(m, &g->branches[v[i].at]);
		g->branches[v[i].at].more = 1; /* goes */
	}
	out[(*n_out)++] = more;
}

static void fold(struct map *m, struct map_group *g)
{
	struct alike *v = arena_array(m->arena, struct alike, g->n_branches);
	struct map_branch *more = arena_array(m->arena, struct map_branch, g->n_branches);
	size_t n = 0, n_more = 0, kept = 0;

	for (size_t i = 0; i < g->n_branches; i++) {
		v[n] = (struct alike){ kind_of(m, &g->branches[i]), i };
		n += v[n].kind != NULL;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_kind);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && strcmp(v[i].kind, v[end].kind) == 0; end++)
			;
		if (end - i > MANY)
			fold_these(m, g, v + i + KEPT, end - i - KEPT, more, &n_more);
	}
	for (size_t i = 0; i < g->n_branches; i++)
		if (!g->branches[i].more)
			g->branches[kept++] = g->branches[i];
	for (size_t i = 0; i < n_more; i++)
		g->branches[kept++] = more[i];
	g->n_branches = kept;
}

/* ---- groups and sections ---- */

static void add_group(struct map *m, struct map_section *s, size_t at)
{
	struct map_group g = { .node = at };
	const struct map_node *n = &m->nodes[at];

	for (size_t i = 0; i < n->n_edges; i++) {
		const struct map_edge *e = &m->edges[n->edges[i]];

		if (is_owner(m, at, e))
			arena_push(m->arena, g.branches, g.n_branches,
				   ((struct map_branch){ .edge = n->edges[i],
							 .turned = e->from != (ssize_t)at }));
	}
	if (g.n_branches)
		qsort_r(g.branches, g.n_branches, sizeof(*g.branches), by_title, m);
	for (size_t i = 0; i < g.n_branches; i++) {
		ssize_t there = map_there(m, &g.branches[i]);

		if (there != MAP_NONE)
			m->nodes[there].is_shown = true;
	}
	m->nodes[at].is_shown = true;
	fold(m, &g);
	arena_push(m->arena, s->groups, s->n_groups, g);
}

struct hub {
	const struct world_netns *ns;
	size_t node;
};

/* Those of a namespace together, in the world's order. */
static int by_netns(const void *a, const void *b)
{
	const struct hub *p = a, *q = b;

	if (p->ns != q->ns)
		return p->ns < q->ns ? -1 : 1;
	return (p->node > q->node) - (p->node < q->node);
}

static void add_section(struct map *m, size_t netns, const struct hub *hubs, size_t n)
{
	struct map_section s = { .node = netns };

	for (size_t i = 0; i < n; i++)
		add_group(m, &s, hubs[i].node);
	if (m->nodes[netns].is_hub)
		add_group(m, &s, netns);
	if (!s.n_groups && !m->nodes[netns].ns->is_host)
		return;
	m->nodes[netns].is_shown = true;
	arena_push(m->arena, m->sections, m->n_sections, s);
}

static void add_loose(struct map *m, size_t node, size_t *healthy)
{
	const struct map_node *n = &m->nodes[node];

	if (n->is_shown)
		return;
	if (n->marks.state == MAP_WELL && ++*healthy > MANY)
		m->loose_more++;
	else
		arena_push(m->arena, m->loose, m->n_loose, node);
}

void map_find_groups(struct map *m)
{
	struct hub *hubs = arena_array(m->arena, struct hub, m->n_nodes);
	size_t n = 0, at = 0, first, healthy = 0;

	find_hubs(m);
	for (size_t i = 0; i < m->n_nodes; i++)
		if (m->nodes[i].kind == MAP_LINK && m->nodes[i].is_hub)
			hubs[n++] = (struct hub){ m->nodes[i].ns, i };
	if (n)
		qsort(hubs, n, sizeof(*hubs), by_netns);
	for (size_t i = 0; i < m->world->n_netns; i++) {
		for (first = at; at < n && hubs[at].ns == &m->world->netns[i]; at++)
			;
		add_section(m, i, hubs + first, at - first);
	}
	for (size_t i = 0; i < m->world->n_netns; i++)
		add_loose(m, i, &healthy);
}
