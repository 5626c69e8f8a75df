/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The routes of an attachment: those of the configuration, and of a delegated plugin's result. */
#include "run/cni/cni.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* A default route by the bridge is one of the address's: the gateway's hardware address is known. */
static bool is_way_out(const struct cni *c, struct network_fact *n, const struct cni_route *route)
{
	bool ipv6 = route->to.family == AF_INET6;
	struct ip gateway;

	if (route->to.len || !c->conf->is_gateway || cni_route_has_options(route))
		return false;
	for (size_t i = 0; i < n->n_at; i++) {
		if (!strchr(n->at[i].subnet, ':') != !ipv6)
			continue;
		ip_parse(n->at[i].gateway, &gateway);
		if (ip_is(route->via) && !ip_same(route->via, gateway))
			continue;
		n->at[i].way_out = true;
		return true;
	}
	return false;
}

/* The subnet's gateway: where the bridge has its address, that is known by its hardware address. */
static const char *gateway_for(const struct network_fact *n, const struct cni_route *route)
{
	for (size_t k = 0; k < n->n_at; k++)
		if (!strchr(n->at[k].gateway, ':') == (route->to.family == AF_INET))
			return n->at[k].gateway;
	return NULL;
}

static void know_gateway(const struct cni *c, struct network_fact *n, const char *via)
{
	for (size_t k = 0; !n->bare && k < n->n_at; k++)
		if (str_eq(n->at[k].gateway, via) && !n->at[k].way_out && !strv_has(&n->known, via))
			strv_push(c->arena, &n->known, via);
}

/* As struct step_address has it. */
static const char *route_text(const struct cni *c, const struct cni_route *route, const char *via)
{
	struct str text = { .arena = c->arena };
	const struct {
		const char *name;
		uint64_t value;
	} options[] = { { "mtu", route->mtu },
			{ "advmss", route->advmss },
			{ "metric", route->priority },
			{ "table", route->table } };

	str_add(&text, cni_net_text(c->arena, ip_network(route->to)));
	if (via)
		str_addf(&text, " via %s", via);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].value)
			str_addf(&text, " %s %u", options[i].name, (unsigned)options[i].value);
	if (route->scoped)
		str_addf(&text, " scope %u", (unsigned)route->scope);
	return str_get(&text);
}

/* What is said of a default route of the main table is said of the network's. */
static void replace_way_out(struct network_fact *n, const struct cni_route *route)
{
	for (size_t k = 0; !route->to.len && (!route->table || route->table == RT_TABLE_MAIN) && k < n->n_at; k++)
		if (!strchr(n->at[k].subnet, ':') == (route->to.family == AF_INET))
			n->at[k].way_out = false;
}

void cni_routes(const struct cni *c, struct network_fact *n, const struct cni_route *routes,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct cni_route *route = &routes[i];
		bool on_link = route->scope >= RT_SCOPE_LINK;
		const char *via = ip_is(route->via) ? cni_text(c->arena, route->via) : NULL;

		if (is_way_out(c, n, route))
			continue;
		if (!via && !on_link)
			via = gateway_for(n, route);
		if (!via && !on_link)
			continue;
		replace_way_out(n, route);
		if (via)
			know_gateway(c, n, via);
		strv_push(c->arena, &n->routes, route_text(c, route, via));
	}
}
