/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/findings/finding.h"

/*
 * A map: the networks of a world as a graph, with what is wrong at its place. Pure: (world, findings) → graph. Four
 * drawings are made of it: text, SVG, Graphviz's language, JSON.
 *
 * Its nodes are the outside, the network namespaces, and those links that others hang on (bridges, bonds, parents of
 * VLANs) or that hang on one without a cable (eth0 as a port). Its edges are what holds two nodes together. The drawings
 * show it by groups (map_group.c): a section a namespace, in it a group a bridge or parent with what hangs on it, and a
 * group for the namespace's own cables. In a group many of one kind fold to some of them and "54 more"; what is broken
 * is never folded away.
 */

enum { MAP_NONE = -1 };

enum map_state { MAP_WELL, MAP_SUSPECT, MAP_BROKEN };

/* What is wrong with something: numbers of findings. */
struct map_marks {
	size_t *v;
	size_t n;
	enum map_state state; /* the worst of them */
};

/* A link of the world, with its addresses. */
struct map_end {
	const struct world_netns *ns;
	const struct world_link *link;
	const struct world_addr **addrs; /* without IPv6's link-local ones */
	size_t n_addrs;
	ssize_t home; /* the node of its namespace */
	ssize_t node; /* its own one, or MAP_NONE */
	bool is_drawn;
	struct map_marks marks;
};

enum map_kind { MAP_OUTSIDE, MAP_NETNS, MAP_LINK };

struct map_node {
	enum map_kind kind;
	const char *id, *title; /* id: "netns:4026532999", "link:4026532999:3", "outside" */
	const struct world_netns *ns;
	const struct map_end *end;                 /* of a link */
	const struct world_container **containers; /* that run in a namespace */
	size_t n_containers;
	size_t *edges;
	size_t n_edges;
	size_t n_cables;        /* edges but for uplinks */
	bool is_hub;            /* something is drawn as hanging on it */
	bool is_shown;          /* in a section or group */
	struct map_marks marks; /* of a link: those of its end */
	const char *way_out; /* of a bridge: by which link what hangs on it gets outside; NULL: not known */
	struct ip way_as;    /* and the address that it has there, of NAT; none: its own */
};

enum map_joint {
	MAP_UPLINK, /* a default route of the host's: outside → host, `far` is the link */
	MAP_CABLE,  /* veth */
	MAP_PORT,   /* of a bridge or bond, by something that is no cable */
	MAP_CHILD,  /* a macvlan, ipvlan or VLAN, of its parent */
};

struct map_edge {
	enum map_joint joint;
	ssize_t from, to; /* nodes; to: MAP_NONE where the other end is in no namespace that is known */
	const struct map_end *near, *far; /* the links, at from and at to; or NULL */
	struct ip via;                    /* of an uplink */
	enum map_state state;             /* the worst of both */
};

/* An edge as it is seen from a group: from its `from` or, turned, from its `to`. */
struct map_branch {
	size_t edge;
	bool turned;
	size_t more; /* not 0: so many like this one are folded, and this is the first of them */
	size_t *folded;
};

struct map_group {
	size_t node; /* a link; or the section's namespace, of the cables that are on none */
	struct map_branch *branches;
	size_t n_branches;
};

struct map_section {
	size_t node;
	struct map_group *groups;
	size_t n_groups;
};

struct map {
	struct arena *arena;
	const struct world *world;
	const struct findings *findings;
	struct map_end *ends; /* in the order of (inode of the namespace, index) */
	size_t n_ends;
	struct map_node **by_inode; /* the namespaces */
	struct map_node *nodes;     /* one a namespace, in the world's order; the outside; links */
	size_t n_nodes;
	size_t outside;
	struct map_edge *edges;
	size_t n_edges;
	struct map_section *sections;
	size_t n_sections;
	size_t *loose; /* namespaces that nothing is connected to */
	size_t n_loose;
	size_t loose_more;      /* and so many that are not in that list */
	struct map_marks marks; /* what is wrong at no place that is drawn */
};

void map_make(const struct world *w, const struct findings *f, struct arena *a, struct map *m);

/* The parts of that, for map_make() only. */
void map_find_marks(struct map *m);  /* map_mark.c */
void map_find_groups(struct map *m); /* map_group.c */
void map_find_ways(struct map *m);   /* map_way.c */

/* The namespace's node, and the link of that index in it; NULL for one that isn't there. */
struct map_node *map_netns_of(const struct map *m, uint64_t inode);
struct map_end *map_end_of(const struct map *m, uint64_t inode, int64_t index);

static inline ssize_t map_there(const struct map *m, const struct map_branch *b)
{
	const struct map_edge *e = &m->edges[b->edge];

	return b->turned ? e->from : e->to;
}

static inline enum map_state map_worse(enum map_state a, enum map_state b)
{
	return a > b ? a : b;
}

/* ---- drawings ---- */

struct map_look {
	int width;  /* in columns */
	bool ascii; /* no other characters */
	bool color; /* by escape sequences */
};

void map_text(const struct map *m, const struct map_look *look, struct str *out);
void map_svg(const struct map *m, struct str *out);
void map_dot(const struct map *m, struct str *out);
void map_json(const struct map *m, struct str *out);
