/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A map as JSON: all nodes and edges, nothing folded. */
#include "base/json.h"
#include "observe/report/map_words.h"

static const char *const kinds[] = { "outside", "netns", "link" };
static const char *const joints[] = { "uplink", "cable", "port", "child" };
static const char *const states[] = { "well", "suspect", "broken" };

static void add_text(struct str *out, const char *name, const char *text)
{
	if (!text)
		return;
	str_addf(out, ", \"%s\": ", name);
	json_add_string(out, text);
}

static void add_marks(const struct map_marks *marks, struct str *out)
{
	if (!marks->n)
		return;
	str_add(out, ", \"findings\": [");
	for (size_t i = 0; i < marks->n; i++)
		str_addf(out, "%s%zu", i ? ", " : "", marks->v[i]);
	str_add(out, "]");
}

/* ---- nodes ---- */

static void add_addrs(const struct map *m, const struct map_end *end, struct str *out)
{
	if (!end->n_addrs)
		return;
	str_add(out, ", \"addresses\": [");
	for (size_t i = 0; i < end->n_addrs; i++)
		str_addf(out, "%s\"%s\"", i ? ", " : "", map_addr(m, end, i));
	str_add(out, "]");
}

static void add_link(const struct map *m, const struct map_end *end, struct str *out)
{
	add_text(out, "kind", end->link->kind);
	add_text(out, "state", end->link->operstate);
	add_text(out, "mac", end->link->mac);
	str_addf(out, ", \"mtu\": %llu", (unsigned long long)end->link->mtu);
	add_addrs(m, end, out);
	add_marks(&end->marks, out);
}

static void add_ports(const struct world_container *c, struct str *out)
{
	char text[IP_TEXT];

	if (!c->n_ports)
		return;
	str_add(out, ", \"ports\": [");
	for (size_t i = 0; i < c->n_ports; i++)
		str_addf(out, "%s{\"ip\": \"%s\", \"port\": %llu, \"target\": %llu, \"protocol\": %llu}",
			 i ? ", " : "", ip_text(c->ports[i].ip, text), (unsigned long long)c->ports[i].port,
			 (unsigned long long)c->ports[i].target, (unsigned long long)c->ports[i].proto);
	str_add(out, "]");
}

static void add_container(const struct world_container *c, struct str *out)
{
	str_add(out, "{\"engine\": ");
	json_add_string(out, c->engine);
	add_text(out, "id", c->id);
	add_text(out, "name", c->name);
	add_text(out, "image", c->image);
	add_ports(c, out);
	str_add(out, "}");
}

static void add_netns(const struct map *m, const struct map_node *n, struct str *out)
{
	const char *separator = "";

	add_text(out, "name", n->ns->name);
	str_addf(out, ", \"inode\": %llu, \"host\": %s", (unsigned long long)n->ns->inode,
		 n->ns->is_host ? "true" : "false");
	if (n->ns->pid > 0)
		str_addf(out, ", \"pid\": %lld", (long long)n->ns->pid);
	str_add(out, ", \"containers\": [");
	for (size_t i = 0; i < n->n_containers; i++) {
		str_add(out, i ? ", " : "");
		add_container(n->containers[i], out);
	}
	str_add(out, "], \"links\": [");
	for (size_t i = 0; i < n->ns->n_links; i++) {
		const struct map_end *end = map_end_of(m, n->ns->inode, n->ns->links[i].index);

		if (!end)
			continue;
		str_addf(out, "%s{\"name\": ", separator);
		json_add_string(out, end->link->name);
		add_link(m, end, out);
		str_add(out, "}");
		separator = ", ";
	}
	str_add(out, "]");
}

static void add_node(const struct map *m, const struct map_node *n, struct str *out)
{
	char text[IP_TEXT];

	str_addf(out, "{\"id\": \"%s\", \"type\": \"%s\"", n->id, kinds[n->kind]);
	add_text(out, "title", n->title);
	if (n->kind == MAP_NETNS) {
		add_netns(m, n, out);
		add_marks(&n->marks, out);
	} else if (n->kind == MAP_LINK) {
		str_addf(out, ", \"netns\": \"%s\"", m->nodes[n->end->home].id);
		add_link(m, n->end, out);
		add_text(out, "way_out", n->way_out);
		if (ip_is(n->way_as))
			add_text(out, "way_as", ip_text(n->way_as, text));
	}
	str_add(out, "}");
}

/* ---- edges ---- */

static void add_edge(const struct map *m, const struct map_edge *e, struct str *out)
{
	char text[IP_TEXT];

	str_addf(out, "{\"type\": \"%s\", \"from\": \"%s\", \"to\": ", joints[e->joint],
		 m->nodes[e->from].id);
	json_add_string(out, e->to == MAP_NONE ? NULL : m->nodes[e->to].id);
	if (e->near)
		add_text(out, "from_link", e->near->link->name);
	if (e->far)
		add_text(out, "to_link", e->far->link->name);
	if (ip_is(e->via))
		add_text(out, "via", ip_text(e->via, text));
	str_addf(out, ", \"state\": \"%s\"}", states[e->state]);
}

static void add_finding(const struct finding *f, struct str *out)
{
	str_addf(out, "{\"certainty\": \"%s\"", f->certainty == CERTAINTY_FAULT ? "fault" : "suspicion");
	add_text(out, "code", f->code);
	add_text(out, "target", f->target);
	add_text(out, "object", f->object);
	add_text(out, "effect", f->effect);
	str_add(out, "}");
}

void map_json(const struct map *m, struct str *out)
{
	str_add(out, "{\"nodes\": [");
	for (size_t i = 0; i < m->n_nodes; i++) {
		str_add(out, i ? ",\n  " : "\n  ");
		add_node(m, &m->nodes[i], out);
	}
	str_add(out, "\n], \"edges\": [");
	for (size_t i = 0; i < m->n_edges; i++) {
		str_add(out, i ? ",\n  " : "\n  ");
		add_edge(m, &m->edges[i], out);
	}
	str_add(out, "\n], \"findings\": [");
	for (size_t i = 0; m->findings && i < m->findings->n; i++) {
		str_add(out, i ? ",\n  " : "\n  ");
		add_finding(&m->findings->v[i], out);
	}
	str_add(out, "\n]}\n");
}
