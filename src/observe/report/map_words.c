/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/map_words.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

#include "base/utf8.h"
#include "kernel/net/port.h"

enum { LISTED = 6 }; /* of a list in a box, before "… 3 more" */

[[gnu::format(printf, 4, 5)]] static void add(const struct map *m, struct map_lines *out, enum map_tone tone,
					      const char *fmt, ...)
{
	struct map_line line = { .tone = tone };
	va_list ap;

	va_start(ap, fmt);
	line.text = arena_vprintf(m->arena, fmt, ap);
	va_end(ap);
	arena_push(m->arena, out->v, out->n, line);
}

static const char *visible(const struct map *m, const char *text)
{
	return text ? str_visible(&(struct str){ .arena = m->arena }, text) : "";
}

enum map_tone map_tone_of(enum map_state state)
{
	return state == MAP_BROKEN ? MAP_FAULT : state == MAP_SUSPECT ? MAP_DOUBT : MAP_PLAIN;
}

/* ---- names ---- */

const char *map_link_name(const struct map *m, const struct map_end *end)
{
	return end ? visible(m, end->link->name) : "";
}

const char *map_title(const struct map *m, const struct map_node *n)
{
	const char *title = visible(m, n->title), *host = visible(m, m->world->host);

	if (n->kind != MAP_NETNS)
		return title;
	if (n->ns->is_host)
		return *host ? arena_printf(m->arena, "host %s", host) : "host";
	if (n->n_containers && n->containers[0]->engine)
		return arena_printf(m->arena, "%s · %s", title, visible(m, n->containers[0]->engine));
	return title;
}

static const char *kind_words(const struct map *m, const struct world_link *l)
{
	if (str_eq(l->kind, "vlan"))
		return arena_printf(m->arena, "VLAN %llu", (unsigned long long)l->vlan_id);
	if (str_eq(l->kind, "tun"))
		return "tap";
	if (l->kind && l->mode)
		return arena_printf(m->arena, "%s (%s)", visible(m, l->kind), visible(m, l->mode));
	if (l->kind)
		return visible(m, l->kind);
	return l->flags & IFF_LOOPBACK ? "loopback" : "hardware";
}

const char *map_link_words(const struct map *m, const struct map_end *end)
{
	const struct world_link *l = end->link;
	const char *kind = kind_words(m, l);

	if (!(l->flags & IFF_UP))
		return arena_printf(m->arena, "%s, down", kind);
	if (!l->carrier && !str_eq(l->kind, "bridge"))
		return arena_printf(m->arena, "%s, no carrier", kind);
	return kind;
}

const char *map_addr(const struct map *m, const struct map_end *end, size_t i)
{
	char text[IP_TEXT];

	return arena_strdup(m->arena, ip_net_text(end->addrs[i]->ip, text));
}

/* ---- pieces of boxes ---- */

static bool is_told(const struct map_lines *out, const char *text)
{
	for (size_t i = 0; i < out->n; i++)
		if (str_eq(out->v[i].text, text))
			return true;
	return false;
}

/* A code that many findings have is told once. */
static void add_marks(const struct map *m, const struct map_marks *marks, struct map_lines *out)
{
	for (size_t i = 0; i < marks->n; i++) {
		const struct finding *f = &m->findings->v[marks->v[i]];
		bool sure = f->certainty == CERTAINTY_FAULT;
		const char *text = arena_printf(m->arena, "%s %s", sure ? "✗" : "?", visible(m, f->code));

		if (!is_told(out, text))
			add(m, out, sure ? MAP_FAULT : MAP_DOUBT, "%s", text);
	}
}

/* The gateway of a family's default route by this link; none where there is none, or no gateway. */
static struct ip gateway_of(const struct map_end *end, uint8_t family)
{
	for (size_t i = 0; i < end->ns->n_routes; i++) {
		const struct world_route *r = &end->ns->routes[i];

		if (r->oif == end->link->index && r->family == family && r->type == RTN_UNICAST &&
		    r->table == RT_TABLE_MAIN && (!ip_is(r->dst) || r->dst.len == 0))
			return r->via;
	}
	return (struct ip){ 0 };
}

static void add_addrs(const struct map *m, const struct map_end *end, bool with_gateway,
		      struct map_lines *out)
{
	uint8_t told = AF_UNSPEC; /* a gateway is told once */

	for (size_t i = 0; i < end->n_addrs; i++) {
		uint8_t family = end->addrs[i]->ip.family;
		struct ip via = with_gateway && family != told ? gateway_of(end, family) : (struct ip){ 0 };
		char text[IP_TEXT];

		if (i == LISTED) {
			add(m, out, MAP_DIM, "… %zu more", end->n_addrs - i);
			break;
		}
		add(m, out, MAP_PLAIN, "%s", map_addr(m, end, i));
		if (ip_is(via))
			out->v[out->n - 1].more = arena_printf(m->arena, " via %s", ip_text(via, text));
		told = ip_is(via) ? family : told;
	}
}

static void add_ports(const struct map *m, const struct map_node *n, struct map_lines *out)
{
	size_t count = 0;

	for (size_t i = 0; i < n->n_containers; i++)
		for (size_t j = 0; j < n->containers[i]->n_ports; j++, count++) {
			const struct world_published *p = &n->containers[i]->ports[j];
			char text[IP_TEXT];
			bool is_six = p->ip.family == AF_INET6;

			if (count >= LISTED)
				continue;
			add(m, out, MAP_PLAIN, "%s%s%s%s%llu → %llu/%s", is_six ? "[" : "",
			    ip_text(p->ip, text), is_six ? "]" : "", ip_is(p->ip) ? ":" : "port ",
			    (unsigned long long)p->port, (unsigned long long)p->target, port_proto(p->proto));
		}
	if (count > LISTED)
		add(m, out, MAP_DIM, "… %zu more ports", count - LISTED);
}

/* Containers from the i-th on, in one line. */
static void add_containers(const struct map *m, const struct map_node *n, size_t i, const char *before,
			   struct map_lines *out)
{
	struct str s = { .arena = m->arena };
	size_t end = n->n_containers < i + LISTED ? n->n_containers : i + LISTED;

	if (i >= n->n_containers)
		return;
	for (; i < end; i++) {
		const struct world_container *c = n->containers[i];

		str_add(&s, s.len ? ", " : before);
		str_add_visible(&s, c->name ? c->name : c->id);
	}
	if (end < n->n_containers)
		str_addf(&s, ", … %zu more", n->n_containers - end);
	add(m, out, MAP_PLAIN, "%s", str_get(&s));
}

/* ---- boxes ---- */

static void add_forwarding(const struct map *m, const struct map_node *n, struct map_lines *out)
{
	int64_t v4 = world_sysctl(n->ns, "net.ipv4.ip_forward", -1);
	int64_t v6 = world_sysctl(n->ns, "net.ipv6.conf.all.forwarding", -1);

	if (v4 < 0 && v6 < 0)
		return;
	add(m, out, MAP_PLAIN, "%s",
	    v4 > 0 ? v6 > 0 ? "forwards IPv4 and IPv6" : "forwards IPv4" :
	    v6 > 0 ? "forwards IPv6" :
		     "forwards nothing");
}

/* What no other box tells of: links that nothing hangs on, and the addresses of its own ends of cables. */
static bool is_own(const struct map_end *end)
{
	return !end->is_drawn || (end->node == MAP_NONE && !end->link->master && end->n_addrs);
}

static void add_links(const struct map *m, const struct map_node *n, bool all, struct map_lines *out)
{
	const struct map_end *end = n->ns->n_links ? map_end_of(m, n->ns->inode, n->ns->links[0].index) :
						     NULL;
	size_t count = 0;

	while (end && end > m->ends && end[-1].ns == n->ns)
		end--;
	for (; end && end < m->ends + m->n_ends && end->ns == n->ns; end++) {
		if ((end->link->flags & IFF_LOOPBACK) || !(all || is_own(end)) || count++ >= LISTED)
			continue;
		add(m, out, MAP_PLAIN, "%s  %s%s%s", map_link_name(m, end), map_link_words(m, end),
		    end->n_addrs ? "  " : "", end->n_addrs ? map_addr(m, end, 0) : "");
		if (all || !end->is_drawn)
			add_marks(m, &end->marks, out);
	}
	if (count > LISTED)
		add(m, out, MAP_DIM, "… %zu more links", count - LISTED);
}

void map_head_lines(const struct map *m, const struct map_node *n, struct map_lines *out)
{
	add_links(m, n, false, out);
	add_forwarding(m, n, out);
	add_containers(m, n, n->ns->is_host ? 0 : 1, n->ns->is_host ? "with this network: " : "and ", out);
	if (!n->ns->is_host)
		add_ports(m, n, out);
	add_marks(m, &n->marks, out);
}

void map_hub_lines(const struct map *m, const struct map_node *n, struct map_lines *out)
{
	char text[IP_TEXT];

	add(m, out, MAP_DIM, "%s%s", map_link_words(m, n->end),
	    n->end->link->vlan_filtering ? ", filters VLANs" : "");
	add_addrs(m, n->end, false, out);
	if (ip_is(n->way_as))
		add(m, out, MAP_PLAIN, "NAT → %s %s", visible(m, n->way_out), ip_text(n->way_as, text));
	else if (n->way_out)
		add(m, out, MAP_PLAIN, "→ %s, no NAT", visible(m, n->way_out));
	add_marks(m, &n->marks, out);
}

/* Of a cable's two ends, what is wrong with the near one stands in the far one's box, too: the near one has none. */
static void add_branch_marks(const struct map *m, const struct map_end *near, const struct map_end *far,
			     const struct map_node *there, struct map_lines *out)
{
	if (near && near->node == MAP_NONE)
		add_marks(m, &near->marks, out);
	if (far && (!there || there->end != far))
		add_marks(m, &far->marks, out);
	if (there)
		add_marks(m, &there->marks, out);
}

void map_leaf_lines(const struct map *m, const struct map_branch *b, struct map_lines *out)
{
	const struct map_edge *e = &m->edges[b->edge];
	const struct map_end *far = b->turned ? e->near : e->far, *near = b->turned ? e->far : e->near;
	ssize_t at = map_there(m, b);
	const struct map_node *there = at == MAP_NONE ? NULL : &m->nodes[at];

	if (!there)
		add(m, out, MAP_DIM, "its other end is not found");
	else if (there->kind == MAP_LINK && there->end != far)
		add(m, out, MAP_DIM, "%s", map_link_words(m, there->end));
	else if (far &&
		 (there->end == far || !str_eq(far->link->kind, "veth") || !(far->link->flags & IFF_UP)))
		add(m, out, MAP_DIM, "%s", map_link_words(m, far));
	if (far)
		add_addrs(m, far, true, out);
	if (there && there->kind == MAP_NETNS && !there->ns->is_host) {
		add_containers(m, there, 1, "and ", out);
		add_ports(m, there, out);
	}
	add_branch_marks(m, near, far, there, out);
	if (!out->n)
		add(m, out, MAP_DIM, "no address");
}

void map_netns_lines(const struct map *m, const struct map_node *n, struct map_lines *out)
{
	add_links(m, n, true, out);
	if (!out->n)
		add(m, out, MAP_DIM, "only lo");
	add_containers(m, n, 1, "and ", out);
	add_ports(m, n, out);
	add_marks(m, &n->marks, out);
}

void map_outside_lines(const struct map *m, struct map_lines *out)
{
	const struct map_node *n = &m->nodes[m->outside];

	for (size_t i = 0; i < n->n_edges && i < LISTED; i++) {
		const struct map_edge *e = &m->edges[n->edges[i]];
		char text[IP_TEXT];

		add(m, out, map_tone_of(e->state), "%s%s%s", map_link_name(m, e->far),
		    ip_is(e->via) ? " via " : "", ip_text(e->via, text));
	}
	if (n->n_edges > LISTED)
		add(m, out, MAP_DIM, "… %zu more ways", n->n_edges - LISTED);
	if (!n->n_edges)
		add(m, out, MAP_DIM, "no default route leads there");
}

const char *map_more(const struct map *m, size_t more)
{
	return arena_printf(m->arena, "… %zu more alike", more);
}
