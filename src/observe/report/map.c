/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/map.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>

/* ---- what is looked up ---- */

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_inode(const void *a, const void *b)
{
	const struct map_node *const *p = a, *const *q = b;

	return order((*p)->ns->inode, (*q)->ns->inode);
}

static int by_index(const void *a, const void *b)
{
	const struct map_end *p = a, *q = b;
	int netns = order(p->ns->inode, q->ns->inode);

	return netns ? netns : (p->link->index > q->link->index) - (p->link->index < q->link->index);
}

struct map_node *map_netns_of(const struct map *m, uint64_t inode)
{
	struct world_netns ns = { .inode = inode };
	struct map_node node = { .ns = &ns }, *key = &node;
	struct map_node **found = bsearch(&key, m->by_inode, m->world->n_netns, sizeof(key), by_inode);

	return found ? *found : NULL;
}

struct map_end *map_end_of(const struct map *m, uint64_t inode, int64_t index)
{
	struct world_netns ns = { .inode = inode };
	struct world_link link = { .index = index };

	return bsearch(&(struct map_end){ .ns = &ns, .link = &link }, m->ends, m->n_ends, sizeof(*m->ends),
		       by_index);
}

/* ---- namespaces and links ---- */

static size_t add_node(struct map *m, struct map_node node)
{
	arena_push(m->arena, m->nodes, m->n_nodes, node);
	return m->n_nodes - 1;
}

static void add_namespaces(struct map *m)
{
	const struct world *w = m->world;

	for (size_t i = 0; i < w->n_netns; i++)
		add_node(m, (struct map_node){
				    .kind = MAP_NETNS,
				    .ns = &w->netns[i],
				    .id = arena_printf(m->arena, "netns:%llu",
						       (unsigned long long)w->netns[i].inode),
				    .title = world_netns_title(w, &w->netns[i]),
			    });
	m->outside = add_node(m,
			      (struct map_node){ .kind = MAP_OUTSIDE, .id = "outside", .title = "outside" });
}

/* Nodes move while there come more: so it is called behind the last one. */
static void index_namespaces(struct map *m)
{
	size_t n = m->world->n_netns;

	if (!m->by_inode)
		m->by_inode = arena_array(m->arena, struct map_node *, n);
	for (size_t i = 0; i < n; i++)
		m->by_inode[i] = &m->nodes[i];
	if (n)
		qsort(m->by_inode, n, sizeof(*m->by_inode), by_inode);
}

static bool is_link_local(struct ip ip)
{
	return ip.family == AF_INET6 && ip.bytes[0] == 0xfe && (ip.bytes[1] & 0xc0) == 0x80;
}

static void add_links(struct map *m)
{
	const struct world *w = m->world;
	size_t n = 0;

	for (size_t i = 0; i < w->n_netns; i++)
		n += w->netns[i].n_links;
	m->ends = arena_array(m->arena, struct map_end, n);
	for (size_t i = 0; i < w->n_netns; i++)
		for (size_t j = 0; j < w->netns[i].n_links; j++)
			m->ends[m->n_ends++] = (struct map_end){
				.ns = &w->netns[i], .link = &w->netns[i].links[j], .home = i, .node = MAP_NONE
			};
	if (n)
		qsort(m->ends, n, sizeof(*m->ends), by_index);
	for (size_t i = 0; i < w->n_netns; i++)
		for (size_t j = 0; j < w->netns[i].n_addrs; j++) {
			const struct world_addr *addr = &w->netns[i].addrs[j];
			struct map_end *end = map_end_of(m, w->netns[i].inode, addr->link);

			if (end && !is_link_local(addr->ip))
				arena_push(m->arena, end->addrs, end->n_addrs, addr);
		}
}

static void add_containers(struct map *m)
{
	for (size_t i = 0; i < m->world->n_containers; i++) {
		const struct world_container *c = &m->world->containers[i];
		struct map_node *node = c->netns ? map_netns_of(m, c->netns) : NULL;

		if (node)
			arena_push(m->arena, node->containers, node->n_containers, c);
	}
}

/* ---- which links are nodes ---- */

static bool is_veth(const struct world_link *l)
{
	return str_eq(l->kind, "veth");
}

/* A veth's other end, or a parent. */
static struct map_end *other_end(const struct map *m, const struct map_end *end)
{
	const struct world_link *l = end->link;

	if (!l->peer || l->peer_unknown)
		return NULL;
	return map_end_of(m, l->peer_netns ? l->peer_netns : end->ns->inode, l->peer);
}

static struct map_end *master_of(const struct map *m, const struct map_end *end)
{
	return end->link->master ? map_end_of(m, end->ns->inode, end->link->master) : NULL;
}

static void make_node(struct map *m, struct map_end *end)
{
	if (end->node == MAP_NONE)
		end->node = add_node(m, (struct map_node){
						.kind = MAP_LINK,
						.ns = end->ns,
						.end = end,
						.id = arena_printf(m->arena, "link:%llu:%lld",
								   (unsigned long long)end->ns->inode,
								   (long long)end->link->index),
						.title = end->link->name,
					});
	end->is_drawn = true;
}

static void add_link_nodes(struct map *m)
{
	for (size_t i = 0; i < m->n_ends; i++) {
		struct map_end *end = &m->ends[i], *other = other_end(m, end), *master = master_of(m, end);

		if (str_eq(end->link->kind, "bridge"))
			make_node(m, end);
		if (master)
			make_node(m, master);
		if (is_veth(end->link) || other == end)
			continue;
		if (other)
			make_node(m, other);
		if (master || (other && other->ns == end->ns))
			make_node(m, end);
	}
}

/* ---- what holds them together ---- */

static void add_edge(struct map *m, struct map_edge edge)
{
	struct map_node *from = &m->nodes[edge.from], *to = edge.to == MAP_NONE ? NULL : &m->nodes[edge.to];

	arena_push(m->arena, m->edges, m->n_edges, edge);
	arena_push(m->arena, from->edges, from->n_edges, m->n_edges - 1);
	if (to && to != from)
		arena_push(m->arena, to->edges, to->n_edges, m->n_edges - 1);
}

/* Where a cable's end is held: at a bridge, or in its namespace; on the host at its own node, if macvlans hang on it, too. */
static ssize_t holder(const struct map *m, const struct map_end *end)
{
	const struct map_end *master = master_of(m, end);

	if (master)
		return master->node;
	return end->ns->is_host && end->node != MAP_NONE ? end->node : end->home;
}

/* Which of a cable's ends is the near one: that on a bridge, or the host's, or the first. */
static int nearness(const struct map *m, const struct map_end *end)
{
	return 2 * (m->nodes[holder(m, end)].kind == MAP_LINK) + end->ns->is_host;
}

/* Each cable once, though both its ends tell of it. */
static void add_cable(struct map *m, struct map_end *end)
{
	struct map_end *other = other_end(m, end);
	bool turned = other && nearness(m, other) > nearness(m, end);
	const struct map_end *near = turned ? other : end, *far = turned ? end : other;

	end->is_drawn = true;
	if (other && other_end(m, other) == end && other < end)
		return;
	add_edge(m,
		 (struct map_edge){ MAP_CABLE, holder(m, near), far ? holder(m, far) : MAP_NONE, near, far });
}

static void add_cables(struct map *m)
{
	for (size_t i = 0; i < m->n_ends; i++) {
		struct map_end *end = &m->ends[i], *other = other_end(m, end), *master = master_of(m, end);
		ssize_t self = end->node == MAP_NONE ? end->home : end->node;

		if (is_veth(end->link)) {
			add_cable(m, end);
			continue;
		}
		if (master && master != end)
			add_edge(m, (struct map_edge){ MAP_PORT, master->node, self, NULL, end });
		if (other && other != end)
			add_edge(m, (struct map_edge){ MAP_CHILD, other->node, self, other, end });
		end->is_drawn = end->is_drawn || other;
	}
}

static void add_uplink(struct map *m, ssize_t host, int64_t oif, struct ip via)
{
	struct map_end *end = map_end_of(m, m->nodes[host].ns->inode, oif);

	if (end)
		add_edge(m, (struct map_edge){ .joint = MAP_UPLINK,
					       .from = m->outside,
					       .to = host,
					       .far = end,
					       .via = via });
}

static bool is_default(const struct world_route *r)
{
	return r->type == RTN_UNICAST && (!ip_is(r->dst) || r->dst.len == 0) && r->table == RT_TABLE_MAIN;
}

/* The ways out are the host's default routes. */
static void add_uplinks(struct map *m)
{
	for (size_t i = 0; i < m->world->n_netns; i++) {
		const struct world_netns *ns = &m->world->netns[i];

		for (size_t j = 0; ns->is_host && j < ns->n_routes; j++) {
			const struct world_route *r = &ns->routes[j];

			if (!is_default(r))
				continue;
			if (r->oif)
				add_uplink(m, i, r->oif, r->via);
			for (size_t k = 0; k < r->n_nexthops; k++)
				add_uplink(m, i, r->nexthops[k].oif, r->nexthops[k].via);
		}
	}
}

void map_make(const struct world *w, const struct findings *f, struct arena *a, struct map *m)
{
	*m = (struct map){ .arena = a, .world = w, .findings = f };
	add_namespaces(m);
	index_namespaces(m);
	add_links(m);
	add_link_nodes(m);
	index_namespaces(m);
	add_containers(m);
	add_cables(m);
	add_uplinks(m);
	map_find_marks(m);
	map_find_groups(m);
	map_find_ways(m);
}
