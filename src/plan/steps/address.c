/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The addresses, routes and gateways of a container's end of a network, seen from within. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/endpoint.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/loopback.h"
#include "plan/steps/net.h"
#include "plan/target.h"

/* The word behind `name`, as a number; 0: it is not there. */
static uint32_t number_behind(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* "10.0.0.0/8 via 10.10.0.9 mtu 1300" */
static struct endpoint_route route_of(const char *text)
{
	const char *via = strstr(text, " via ");
	struct endpoint_route route = { .mtu = number_behind(text, " mtu "),
					.advmss = number_behind(text, " advmss "),
					.metric = number_behind(text, " metric "),
					.table = number_behind(text, " table "),
					.scoped = strstr(text, " scope "),
					.scope = (uint8_t)number_behind(text, " scope ") };
	char word[IP_TEXT];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "), text);
	ip_parse(word, &route.to);
	if (!via)
		return route;
	via += strlen(" via ");
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(via, " "), via);
	ip_parse(word, &route.via);
	return route;
}

static struct endpoint endpoint_of(const struct step_address *s)
{
	struct endpoint ep = { .link = s->link };

	for (; ep.n < s->addresses.n && ep.n < ENDPOINT_ADDRESSES; ep.n++) {
		ip_parse(s->addresses.v[ep.n], &ep.at[ep.n].addr);
		if (ep.n < s->gateways.n) /* "" is none */
			ip_parse(s->gateways.v[ep.n], &ep.at[ep.n].gateway);
	}
	ep.on_lan = !s->gateway_mac;
	if (!ep.on_lan)
		net_parse_mac(s->gateway_mac, ep.gateway_mac);
	for (; ep.n_known < s->known.n && ep.n_known < ENDPOINT_ADDRESSES; ep.n_known++)
		ip_parse(s->known.v[ep.n_known], &ep.known[ep.n_known]);
	for (; ep.n_routes < s->routes.n && ep.n_routes < ENDPOINT_ROUTES; ep.n_routes++)
		ep.routes[ep.n_routes] = route_of(s->routes.v[ep.n_routes]);
	return ep;
}

static int address_apply(const struct step *s, struct live *live, struct err *e)
{
	struct endpoint ep = endpoint_of(&s->address);

	return endpoint_configure(&ep, e);
}

static void show_gateway(const struct step_address *a, const char *gateway, struct str *out)
{
	if (a->gateway_mac)
		str_addf(out, "ip neighbour replace %s lladdr %s dev %s nud permanent\n", gateway, a->gateway_mac,
			 a->link);
}

static void address_show(const struct step *s, struct str *out)
{
	const struct step_address *a = &s->address;

	str_addf(out, "ip link set lo up\nip link set %s up\n", a->link);
	for (size_t i = 0; i < a->addresses.n; i++)
		net_show_address(a->addresses.v[i], a->link, "", out);
	for (size_t i = 0; i < a->gateways.n; i++) {
		if (!*a->gateways.v[i])
			continue;
		show_gateway(a, a->gateways.v[i], out);
		str_addf(out, "ip route add default via %s\n", a->gateways.v[i]);
	}
	for (size_t i = 0; i < a->known.n; i++)
		show_gateway(a, a->known.v[i], out);
	for (size_t i = 0; i < a->routes.n; i++)
		str_addf(out, "ip route add %s dev %s\n", a->routes.v[i], a->link);
}

static int address_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct endpoint ep = endpoint_of(&want->address);
	struct err e = { 0 };
	struct netlink *nl = net_route_inside(t, &e);
	char line[512];
	int r = nl ? endpoint_check(nl, t->arena, &ep, &e) : -e.no;

	if (r == 0)
		return loopback_look(t, text);
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? READ_MISSING : r == -ESTALE ? READ_CHANGED : READ_UNKNOWN;
}

/* endpoint_check() compares the link with all of them at once. */
static const struct field address_fields[] = {
	FIELD(STR, address, link, .compare = COMPARE_KEY),
	FIELD(STRV, address, addresses, .compare = COMPARE_KEY),
	FIELD(STRV, address, gateways, .compare = COMPARE_KEY),
	FIELD(MAYBE, address, gateway_mac, .compare = COMPARE_KEY),
	FIELD(STRV, address, known, .compare = COMPARE_KEY),
	FIELD(STRV, address, routes, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_address = {
	.name = "address",
	.section = SECTION_NETWORK,
	.side = SIDE_INIT,
	.ns = "net",
	.fields = address_fields,
	.apply = address_apply,
	.show = address_show,
	.read = address_read,
};

bool plan_next_endpoint(const struct plan *p, size_t *at, struct plan_endpoint *ep)
{
	const struct step *s = plan_next(p, STEP_ADDRESS, at);
	const struct step_upper *upper;
	const struct step_veth *veth;
	size_t of = 0;

	if (!s)
		return false;
	*ep = (struct plan_endpoint){ .link = s->address.link,
				      .addresses = s->address.addresses,
				      .gateways = s->address.gateways };
	while ((veth = plan_next_veth(p, &of))) {
		if (!str_eq(veth->peer, ep->link))
			continue;
		ep->network = net_name(veth->network);
		ep->mac = veth->mac;
	}
	of = 0;
	while ((upper = plan_next_upper(p, &of))) {
		if (!str_eq(upper->name, ep->link))
			continue;
		ep->network = net_name(upper->network);
		ep->mac = upper->mac;
	}
	return true;
}
