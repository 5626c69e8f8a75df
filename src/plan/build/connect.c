/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/connect.h"

#include <stdio.h>
#include <string.h>

#include "plan/steps/net.h"

static void copy(struct plan *to, const struct plan *from)
{
	for (size_t i = 0; i < from->count; i++)
		plan_copy(to, &from->steps[i]);
}

/* ---- which steps are an attachment's ---- */

/* "net.ipv4.conf.eth0.accept_redirects" */
static bool is_about(const char *sysctl, const char *link)
{
	static const char *const of[] = { "ipv4.conf", "ipv6.conf", "ipv4.neigh", "ipv6.neigh" };
	char prefix[64];

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		int n = snprintf(prefix, sizeof(prefix), "net.%s.", of[i]);

		for (const char *p = link; *p && n < (int)sizeof(prefix) - 2; p++)
			prefix[n++] = *p == '.' ? '/' : *p; /* spec/sysctl.h */
		prefix[n++] = '.';
		prefix[n] = '\0';
		if (str_after(sysctl, prefix))
			return true;
	}
	return false;
}

static bool is_of(const struct step *s, const struct attachment *at)
{
	const char *dir = step_network_dir(s);

	return dir                     ? str_eq(dir, at->dir) :
	       s->kind == STEP_SYSCTL  ? is_about(s->sysctl.name, at->link) :
	       s->kind == STEP_ADDRESS ? str_eq(s->address.link, at->link) :
					 false;
}

bool build_next_attachment(const struct plan *p, size_t *i, struct attachment *at)
{
	while (*i < p->count) {
		const struct step *s = &p->steps[(*i)++];

		if (s->kind == STEP_VETH)
			*at = (struct attachment){ s->veth.network, s->veth.peer };
		else if (s->kind == STEP_UPPER)
			*at = (struct attachment){ s->upper.network, s->upper.name };
		else
			continue;
		return true;
	}
	return false;
}

bool build_attachment(const struct plan *p, const char *network, struct attachment *at)
{
	for (size_t i = 0; build_next_attachment(p, &i, at);)
		if (str_eq(net_name(at->dir), network))
			return true;
	return false;
}

/* ---- ways out ---- */

static bool is_ipv6(const char *address)
{
	return strchr(address, ':');
}

static const char *default_route(bool ipv6)
{
	return ipv6 ? "::/0" : "0.0.0.0/0";
}

/* By a gateway, or by the link itself. */
static bool has_way_out(const struct step_address *a, bool ipv6)
{
	for (size_t i = 0; i < a->gateways.n; i++)
		if (*a->gateways.v[i] && is_ipv6(a->gateways.v[i]) == ipv6)
			return true;
	return strv_has(&a->routes, default_route(ipv6));
}

/* An address step says which of its addresses' families go out by it. */
static bool leads_out(const struct plan *p, bool ipv6)
{
	const struct step *s;

	for (size_t i = 0; (s = plan_next(p, STEP_ADDRESS, &i));)
		if (has_way_out(&s->address, ipv6))
			return true;
	return false;
}

static const char *dir_of_link(const struct plan *p, const char *link)
{
	struct attachment at;

	for (size_t i = 0; build_next_attachment(p, &i, &at);)
		if (str_eq(at.link, link))
			return at.dir;
	return NULL;
}

/* What the network's bridge has in the subnet of the n-th address, without its length. */
static const char *bridge_gateway(const struct plan *p, const char *dir, size_t n)
{
	const struct step *s, *bridge = NULL;

	for (size_t i = 0; (s = plan_next(p, STEP_BRIDGE, &i));)
		if (str_eq(s->bridge.network, dir) && s->bridge.addresses.n)
			bridge = s;
	for (size_t i = 0; (s = plan_next(p, STEP_NAT, &i));)
		if (str_eq(s->nat.network, dir) && s->nat.internal)
			return NULL;
	return bridge && n < bridge->bridge.addresses.n ?
		       arena_strndup(p->arena, bridge->bridge.addresses.v[n],
				     strcspn(bridge->bridge.addresses.v[n], "/")) :
		       NULL;
}

static const struct network_fact *find_upper(const struct ways_out *ways, const char *dir)
{
	for (size_t i = 0; i < ways->n_uppers; i++)
		if (str_eq(ways->uppers[i].dir, dir))
			return &ways->uppers[i];
	return NULL;
}

/* The way out by the n-th address of the step: "" by the link itself, or a gateway; NULL: nothing leaves by it. */
static const char *way_of(const struct plan *p, const struct step_address *a, const struct ways_out *ways, size_t n)
{
	const char *dir = dir_of_link(p, a->link);
	const struct network_fact *upper = find_upper(ways, dir);

	if (!dir || strv_has(&ways->shut, dir))
		return NULL;
	if (!upper)
		return bridge_gateway(p, dir, n);
	return n >= upper->n_at ? NULL : build_is_routed(upper) ? "" : upper->at[n].gateway;
}

/* Give the step's network the ways out that no network of the plan has. */
static bool take_ways_out(const struct plan *p, struct step_address *a, const struct ways_out *ways)
{
	bool taken[2] = { leads_out(p, false), leads_out(p, true) }, any = false;
	struct strv gateways = { 0 }, routes = strv_copy(p->arena, &a->routes);

	for (size_t i = 0; i < a->addresses.n; i++) {
		const char *has = i < a->gateways.n ? a->gateways.v[i] : "", *new = NULL;
		bool ipv6 = is_ipv6(a->addresses.v[i]);

		if (!taken[ipv6])
			new = way_of(p, a, ways, i);
		if (new)
			taken[ipv6] = any = true;
		if (new && !*new)
			strv_push(p->arena, &routes, default_route(ipv6));
		strv_push(p->arena, &gateways, new ?: has);
	}
	a->gateways = gateways;
	a->routes = routes;
	return any;
}

/* ---- connect ---- */

static void leave_ways_out(const struct plan *old, struct network_fact *n, struct arena *a)
{
	struct address_fact *at = arena_array(a, struct address_fact, n->n_at);

	for (size_t i = 0; i < n->n_at; i++) {
		at[i] = n->at[i];
		at[i].way_out = at[i].way_out && !leads_out(old, is_ipv6(at[i].address));
	}
	n->at = at;
}

static bool has_sysctl(const struct plan *p, const char *name)
{
	const struct step *s;

	for (size_t i = 0; (s = plan_next(p, STEP_SYSCTL, &i));)
		if (str_eq(s->sysctl.name, name))
			return true;
	return false;
}

/* What guards all links may be there, and otherwise by now, if the user wished so. */
static void build_inside(const struct plan *old, const struct spec *s, const struct facts *f, struct plan *p)
{
	struct plan guard = { .arena = p->arena };

	build_network_guard(&guard, s, f);
	for (size_t i = 0; i < guard.count; i++)
		if (!has_sysctl(old, guard.steps[i].sysctl.name))
			plan_copy(p, &guard.steps[i]);
	build_network_inside(p, s, f);
}

static size_t place_of(const struct plan *p, const enum step_kind *kinds, size_t n, size_t from)
{
	for (size_t i = from; i < p->count; i++)
		for (size_t k = 0; k < n; k++)
			if (p->steps[i].kind == kinds[k])
				return i;
	return p->count;
}

/* Behind the last address; the loopback's step, whose place it takes, counts as one. */
static size_t place_inside(const struct plan *p)
{
	for (size_t i = p->count; i-- > 0;)
		if (p->steps[i].kind == STEP_ADDRESS || p->steps[i].kind == STEP_LOOPBACK)
			return i;
	return p->count;
}

static void merge(const struct plan *old, const struct plan *host, const struct plan *cable,
		  const struct plan *inside, struct plan *new)
{
	static const enum step_kind clone[] = { STEP_IDS, STEP_PROCESS };
	static const enum step_kind behind[] = { STEP_NETNS_NAME, STEP_WAIT, STEP_SESSION };
	size_t at_host = place_of(old, clone, ARRAY_LEN(clone), 0);
	size_t at_cable = place_of(old, behind, ARRAY_LEN(behind), at_host);
	size_t at_inside = place_inside(old);

	for (size_t i = 0; i < old->count; i++) {
		if (i == at_host)
			copy(new, host);
		if (i == at_cable)
			copy(new, cable);
		if (i != at_inside || old->steps[i].kind != STEP_LOOPBACK)
			plan_copy(new, &old->steps[i]);
		if (i == at_inside)
			copy(new, inside);
	}
}

void build_connect(const struct plan *old, const struct facts *f, struct plan *change, struct plan *new)
{
	const struct spec s = { .network.mode = NET_BRIDGE };
	struct plan host = { .arena = new->arena }, cable = host, inside = host;
	struct network_fact n = f->networks[0];
	const struct facts one = {
		.id = f->id, .name = f->name, .networks = &n, .n_networks = 1, .ipv6 = f->ipv6
	};

	leave_ways_out(old, &n, new->arena);
	build_network_host(&host, &s, &one);
	build_names_joined(&host, old, &one);
	build_network_link(&cable, &s, &one);
	build_inside(old, &s, &one, &inside);
	merge(old, &host, &cable, &inside, new);
	copy(change, &host);
	n.kept = true; /* if it fails, the namespace lives on */
	build_network_link(change, &s, &one);
	copy(change, &inside);
}

/* ---- disconnect ---- */

/* No other network is left then. */
static bool is_last(const struct plan *p, const struct attachment *at)
{
	const struct step *s;

	for (size_t i = 0; (s = plan_next(p, STEP_ADDRESS, &i));)
		if (!str_eq(s->address.link, at->link))
			return false;
	return true;
}

void build_disconnect(const struct plan *old, const struct attachment *at, const struct ways_out *ways,
		      struct plan *gone, struct plan *moved, struct plan *new)
{
	bool last = is_last(old, at);

	for (size_t i = 0; i < old->count; i++) {
		plan_copy(is_of(&old->steps[i], at) ? gone : new, &old->steps[i]);
		if (last && old->steps[i].kind == STEP_ADDRESS)
			plan_add(new, STEP_LOOPBACK, "no network but its own loopback");
	}
	for (size_t i = 0; i < gone->count; i++)
		if (gone->steps[i].kind == STEP_VETH)
			gone->steps[i].veth.kept = true; /* the namespace lives on */
	for (size_t i = 0; i < new->count; i++)
		if (new->steps[i].kind == STEP_ADDRESS && take_ways_out(new, &new->steps[i].address, ways))
			plan_copy(moved, &new->steps[i]);
}
