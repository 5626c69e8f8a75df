/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/build.h"

#include <netinet/in.h>
#include <string.h>

#include "plan/build/parts.h"

const char *build_host_link(const struct network_fact *n)
{
	return n->vlan_link ? n->vlan_link : n->bridge;
}

const char *build_bridge_mark(const struct network_fact *n)
{
	return n->bridge_mark ? n->bridge_mark : n->mark;
}

/* The gateway's addresses, of the bridge or of the host's link in the VLAN. */
static void add_gateways(struct plan *p, const struct network_fact *n, struct strv *addresses)
{
	for (size_t i = 0; !n->bare && i < n->n_at; i++)
		strv_push(p->arena, addresses, arena_printf(p->arena, "%s/%u", n->at[i].gateway, n->at[i].prefix));
}

static void build_bridge(struct plan *p, const struct network_fact *n)
{
	struct step *st = plan_add(p, STEP_BRIDGE, "the bridge that all containers of the network share");

	st->bridge.name = n->bridge;
	st->bridge.mtu = n->mtu;
	st->bridge.mark = build_bridge_mark(n);
	st->bridge.network = n->dir;
	st->bridge.promiscuous = n->promiscuous;
	st->bridge.filters = n->vlan || n->trunk.n;
	if (!n->vlan_link) {
		add_gateways(p, n, &st->bridge.addresses);
		return;
	}
	st = plan_add(p, STEP_VLAN, "the host's link in the VLAN, which is the gateway there");
	st->vlan.name = n->vlan_link;
	st->vlan.bridge = n->bridge;
	st->vlan.mark = n->mark;
	st->vlan.network = n->dir;
	st->vlan.id = n->vlan;
	add_gateways(p, n, &st->vlan.addresses);
}

static void build_shared(struct plan *p, const struct network_fact *n)
{
	struct step *st;

	build_bridge(p, n);
	if (n->bare)
		return;
	st = plan_add(
		p, STEP_NAT,
		n->internal ?
			"nothing leaves the bridge's network, and nothing enters it" :
		n->routed && n->no_masquerade ?
			"what leaves the bridge's network, and enters it, passes as it is" :
		n->routed ?
			"what leaves the bridge's network takes the host's address; who has a route to it may enter" :
			"what leaves the bridge's network takes the host's address; nothing enters it unasked");
	st->nat.internal = n->internal;
	st->nat.open = n->open;
	st->nat.routed = n->routed;
	st->nat.bridge = build_host_link(n);
	st->nat.mark = n->mark;
	st->nat.network = n->dir;
	for (size_t i = 0; !n->no_masquerade && i < n->n_at; i++)
		strv_push(p->arena, &st->nat.subnets, n->at[i].subnet);
}

static void build_pass(struct plan *p, const struct network_fact *n, const char *bridge, const char *mark)
{
	for (size_t i = 0; i < n->n_pass; i++) {
		const struct pass_fact *at = &n->pass[i];
		struct step *st =
			plan_add(p, STEP_PASS,
				 "a firewall that drops what it does not know: the network is let through");

		st->pass = (struct step_pass){ .family = at->family,
					       .table = at->table,
					       .chain = at->chain,
					       .xtables = at->xtables,
					       .bridge = bridge,
					       .mark = mark,
					       .network = n->dir };
	}
}

void build_further(struct plan *p, const struct network_fact *n)
{
	struct step *st;

	if (!n->further)
		return;
	st = plan_add(p, STEP_BRIDGE, "the first bridge has no port to spare: a further one");
	st->bridge = (struct step_bridge){
		.name = n->further, .mark = n->further_mark, .network = n->dir, .mtu = n->mtu
	};
	st = plan_add(p, STEP_NAT, "what it forwards passes, also where firewalls see what bridges do");
	st->nat.internal = n->internal;
	st->nat.bridge = n->further;
	st->nat.mark = n->further_mark;
	st->nat.network = n->dir;
	st = plan_add(p, STEP_TRUNK, "a cable makes one network of both");
	st->trunk = (struct step_trunk){ .name = arena_printf(p->arena, "%s-up", n->further),
					 .bridge = n->bridge,
					 .peer = arena_printf(p->arena, "%s-down", n->further),
					 .further = n->further,
					 .mark = n->further_mark,
					 .network = n->dir,
					 .mtu = n->mtu };
	build_pass(p, n, n->further, n->further_mark);
}

static bool has_family(const struct network_fact *n, bool ipv6)
{
	for (size_t i = 0; i < n->n_at; i++)
		if (!strchr(n->at[i].subnet, ':') == !ipv6)
			return true;
	return false;
}

static bool is_forwarded(const struct network_fact *n)
{
	return !n->internal && !n->bare && !n->parent;
}

static void build_forward(struct plan *p, const struct network_fact *n, const char *name)
{
	struct step *st =
		plan_add(p, STEP_FORWARD,
			 "let packets pass between the bridge and the outside, and no others because of it");

	st->forward.name = name;
	st->forward.value = "1";
	st->forward.mark = n->mark;
	st->forward.network = n->dir;
}

static void build_dns_server(struct plan *p, const struct network_fact *n)
{
	struct step *st;

	if (!n->dns_server)
		return;
	st = plan_add(p, STEP_DNS_SERVER,
		      n->forwards.n ? "who asks for a name is answered here, and by the host's name servers" :
				      "who asks for a name is answered here, and by nobody else");
	st->dns_server.bridge = n->bridge;
	st->dns_server.network = n->dir;
	st->dns_server.where = n->where ?: "";
	st->dns_server.forwards = n->forwards;
	for (size_t i = 0; i < n->n_at; i++)
		strv_push(p->arena, &st->dns_server.addresses,
			  arena_printf(p->arena, "%s/%u", n->at[i].gateway, n->at[i].prefix));
}

void build_network_host(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->network.mode != NET_BRIDGE)
		return;
	for (size_t i = 0; i < f->n_networks; i++) {
		const struct network_fact *n = &f->networks[i];

		if (!n->parent)
			build_shared(p, n);
		build_pass(p, n, build_host_link(n), n->mark);
		build_further(p, n);
		if (is_forwarded(n) && has_family(n, false))
			build_forward(p, n, "net/ipv4/ip_forward");
		if (is_forwarded(n) && has_family(n, true))
			build_forward(p, n, "net/ipv6/conf/all/forwarding");
		build_dns_server(p, n);
		build_ports_shared(p, n);
		for (size_t k = 0; k < n->n_at; k++) {
			struct step *st = plan_add(p, STEP_LEASE, NULL);

			st->lease.network = n->dir;
			st->lease.address = n->at[k].address;
		}
	}
}

static void build_cables(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	if (s->network.mode != NET_BRIDGE)
		return;
	for (size_t i = 0; i < f->n_networks; i++) {
		const struct network_fact *n = &f->networks[i];

		if (n->parent) {
			build_upper(p, n);
			continue;
		}
		st = plan_add(p, STEP_VETH, "a cable: one end on the bridge, the other in the container");
		st->veth.name = n->cable;
		st->veth.peer = n->link;
		st->veth.bridge = n->further ? n->further : n->bridge;
		st->veth.first = n->further ? n->bridge : n->vlan_link;
		st->veth.vlan = n->vlan;
		st->veth.trunk = n->trunk;
		st->veth.no_default_vlan = n->no_default_vlan;
		st->veth.mac = n->mac;
		st->veth.network = n->dir;
		st->veth.mtu = n->mtu;
		st->veth.hairpin = n->hairpin;
		st->veth.kept = n->kept;
		/* a host that is not on the network speaks to none of them, and has perhaps no IPv6 there */
		for (size_t k = 0; !n->bare && k < n->n_at; k++)
			strv_push(p->arena, &st->veth.addresses, n->at[k].address);
		build_shape(p, n);
	}
}

static void add_pasta_ports(struct plan *p, struct step_pasta *pasta, const struct facts *f)
{
	for (size_t i = 0; i < f->n_ports; i++) {
		const struct port_fact *port = &f->ports[i];
		struct str word = { .arena = p->arena };

		str_addf(&word, "%s%s%u", port->at, *port->at ? "/" : "", port->first);
		if (port->count > 1)
			str_addf(&word, "-%u", port->first + port->count - 1);
		str_addf(&word, ":%u", port->target);
		if (port->count > 1)
			str_addf(&word, "-%u", port->target + port->count - 1);
		strv_push(p->arena, port->proto == IPPROTO_UDP ? &pasta->udp : &pasta->tcp, str_get(&word));
	}
}

/* The name is the last: undone first, it does not hold the cables. */
void build_network_link(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	if (s->network.mode == NET_PASTA) {
		st = plan_add(p, STEP_PASTA, "a network in user space, without privilege");
		st->pasta.pidfile = arena_printf(p->arena, "%s/pasta.pid", f->state);
		add_pasta_ports(p, &st->pasta, f);
	}
	build_cables(p, s, f);
	if (!s->netns_name)
		return;
	st = plan_add(p, STEP_NETNS_NAME, "a name for the network namespace: ip netns exec enters it");
	st->netns_name.name = s->netns_name;
}

/* Before the link is up, and before what the user sets, which may be otherwise. A redirect is followed
 * unless both the link and all links say no. */
void build_network_guard(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->network.mode != NET_BRIDGE)
		return;
	parts_sysctl(p, "what neighbours say changes nothing here: no redirects,",
		     "net.ipv4.conf.all.accept_redirects", "0");
	for (size_t i = 0; i < f->n_networks; i++)
		parts_link_sysctl(p, NULL, "ipv4", f->networks[i].link, "accept_redirects", "0");
	for (size_t i = 0; f->ipv6 && i < f->n_networks; i++) {
		const struct network_fact *n = &f->networks[i];
		bool ipv6 = has_family(n, true);

		parts_link_sysctl(p, ipv6 ? "no routers" : "no routers, and no IPv6 on the bridge", "ipv6",
				  n->link, "accept_ra", "0");
		parts_link_sysctl(p, NULL, "ipv6", n->link, ipv6 ? "accept_redirects" : "disable_ipv6",
				  ipv6 ? "0" : "1");
	}
	for (size_t i = 0; i < f->n_networks; i++)
		build_announce(p, &f->networks[i], f->ipv6 && has_family(&f->networks[i], true));
}

void build_network_inside(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->network.mode == NET_NONE) {
		plan_add(p, STEP_LOOPBACK, "no network but its own loopback");
		return;
	}
	if (s->network.mode != NET_BRIDGE)
		return;
	for (size_t i = 0; i < f->n_networks; i++) {
		const struct network_fact *n = &f->networks[i];
		bool routed = build_is_routed(n);
		struct step *st;

		build_shape_inside(p, n);
		st = plan_add(p, STEP_ADDRESS,
			      n->parent ? "the address, and the way out" :
					  "the address, and the bridge as the way out");
		st->address.link = n->link;
		st->address.gateway_mac = n->bridge_mac;
		st->address.routes = n->routes;
		st->address.known = n->known;
		for (size_t k = 0; k < n->n_at; k++) {
			strv_push(p->arena, &st->address.addresses,
				  arena_printf(p->arena, "%s/%u", n->at[k].address, n->at[k].prefix));
			strv_push(p->arena, &st->address.gateways,
				  n->at[k].way_out && !routed ? n->at[k].gateway : "");
			if (n->at[k].way_out && routed)
				strv_push(p->arena, &st->address.routes,
					  strchr(n->at[k].subnet, ':') ? "::/0" : "0.0.0.0/0");
		}
	}
}
