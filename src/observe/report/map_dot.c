/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A map in the language of Graphviz: a cluster a namespace that others hang on. */
#include "observe/report/map_words.h"

/* Within quotes: Graphviz takes \n, \l and the like there for its own. */
static void add_quoted(struct str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			str_add(out, "\\");
		str_addn(out, text, 1);
	}
}

static const char *color_of(enum map_tone tone)
{
	return tone == MAP_FAULT ? "red" : tone == MAP_DOUBT ? "orange" : "black";
}

static void add_node(const char *id, const char *title, const struct map_lines *lines, enum map_tone tone,
		     const char *shape, struct str *out)
{
	str_addf(out, "\t\"%s\" [shape=%s, color=%s, label=\"", id, shape, color_of(tone));
	add_quoted(out, title);
	for (size_t i = 0; i < lines->n; i++) {
		str_add(out, "\\n");
		add_quoted(out, lines->v[i].text);
		if (lines->v[i].more)
			add_quoted(out, lines->v[i].more);
	}
	str_add(out, "\"];\n");
}

static void add_edge(const char *from, const char *to, const char *near, const char *far, enum map_tone tone,
		     struct str *out)
{
	str_addf(out, "\t\"%s\" -- \"%s\" [color=%s%s, taillabel=\"", from, to, color_of(tone),
		 tone == MAP_FAULT ? ", style=dashed" : "");
	add_quoted(out, near);
	str_add(out, "\", headlabel=\"");
	add_quoted(out, far);
	str_add(out, "\"];\n");
}

/* What hangs on a group. A namespace on several of them is one node. */
static void add_branch(const struct map *m, const struct map_group *g, const struct map_branch *b,
		       struct str *out)
{
	const struct map_edge *e = &m->edges[b->edge];
	const struct map_end *near = b->turned ? e->far : e->near, *far = b->turned ? e->near : e->far;
	ssize_t there = map_there(m, b);
	const char *from = m->nodes[g->node].id, *to;

	if (b->more) {
		to = arena_printf(m->arena, "more:%zu", b->edge);
		add_node(to, map_more(m, b->more), &(struct map_lines){ 0 }, MAP_PLAIN, "plaintext", out);
		add_edge(from, to, "", "", MAP_PLAIN, out);
		return;
	}
	to = there == MAP_NONE ? arena_printf(m->arena, "missing:%zu", b->edge) : m->nodes[there].id;
	if (there == MAP_NONE)
		add_node(to, "?", &(struct map_lines){ 0 }, MAP_DOUBT, "plaintext", out);
	add_edge(from, to, e->joint == MAP_CABLE ? map_link_name(m, near) : "", map_link_name(m, far),
		 map_tone_of(e->state), out);
}

static void add_section(const struct map *m, const struct map_section *s, struct str *out)
{
	const struct map_node *n = &m->nodes[s->node];
	struct map_lines lines = { 0 };

	map_head_lines(m, n, &lines);
	add_node(n->id, map_title(m, n), &lines, map_tone_of(n->marks.state), "box", out);
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct map_node *hub = &m->nodes[s->groups[i].node];
		struct map_lines words = { 0 };

		if (hub->kind != MAP_LINK)
			continue;
		map_hub_lines(m, hub, &words);
		add_node(hub->id, map_title(m, hub), &words, map_tone_of(hub->marks.state), "box3d", out);
		add_edge(n->id, hub->id, "", "", map_tone_of(hub->marks.state), out);
	}
}

static void add_leaf(const struct map *m, const struct map_branch *b, struct str *out)
{
	ssize_t there = map_there(m, b);
	const struct map_node *n = there == MAP_NONE ? NULL : &m->nodes[there];
	struct map_lines lines = { 0 };

	if (b->more || !n || n->is_hub)
		return;
	if (n->kind == MAP_NETNS)
		map_netns_lines(m, n, &lines);
	else
		map_leaf_lines(m, b, &lines);
	add_node(n->id, map_title(m, n), &lines,
		 map_tone_of(map_worse(m->edges[b->edge].state, n->marks.state)), "box", out);
}

static void add_outside(const struct map *m, struct str *out)
{
	const struct map_node *n = &m->nodes[m->outside];
	struct map_lines lines = { 0 };

	map_outside_lines(m, &lines);
	add_node(n->id, n->title, &lines, MAP_PLAIN, "ellipse", out);
	for (size_t i = 0; i < n->n_edges; i++) {
		const struct map_edge *e = &m->edges[n->edges[i]];

		add_edge(n->id, m->nodes[e->to].id, "", map_link_name(m, e->far), map_tone_of(e->state), out);
	}
}

void map_dot(const struct map *m, struct str *out)
{
	str_add(out,
		"graph map {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n\tedge [fontname=\"sans-serif\", "
		"fontsize=10];\n");
	add_outside(m, out);
	for (size_t i = 0; i < m->n_sections; i++)
		for (size_t j = 0; j < m->sections[i].n_groups; j++)
			for (size_t k = 0; k < m->sections[i].groups[j].n_branches; k++)
				add_leaf(m, &m->sections[i].groups[j].branches[k], out);
	for (size_t i = 0; i < m->n_sections; i++)
		add_section(m, &m->sections[i], out);
	for (size_t i = 0; i < m->n_sections; i++)
		for (size_t j = 0; j < m->sections[i].n_groups; j++)
			for (size_t k = 0; k < m->sections[i].groups[j].n_branches; k++)
				add_branch(m, &m->sections[i].groups[j],
					   &m->sections[i].groups[j].branches[k], out);
	for (size_t i = 0; i < m->n_loose; i++) {
		const struct map_node *n = &m->nodes[m->loose[i]];
		struct map_lines lines = { 0 };

		map_netns_lines(m, n, &lines);
		add_node(n->id, map_title(m, n), &lines, map_tone_of(n->marks.state), "box", out);
	}
	str_add(out, "}\n");
}
