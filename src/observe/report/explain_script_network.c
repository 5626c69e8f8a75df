/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/utf8.h"
#include "kernel/net/route.h"
#include "observe/report/explain_script.h"
#include "observe/walk/route.h"

static const char *dev(const struct world_netns *ns, int64_t index, struct str *out)
{
	const struct world_link *l = world_link_at(ns, index);

	return l ? str_shell(out, l->name) : NULL;
}

/* ---- links ---- */

/* The end outside gets a name of its own, which the first one's has. */
static void add_veth(const struct explanation *x, const struct world_netns *ns, const struct world_link *l,
		     struct str *out)
{
	const struct world_netns *there = NULL;
	const struct world_link *peer = world_peer(x->world, ns, l, &there);
	const char *end = arena_printf(out->arena, "\"c${work##*.}%lld\"", (long long)l->index);

	str_addf(out, "ip link add %s type veth peer name %s netns \"$name\"\n", end,
		 str_shell(out, l->name));
	if (!peer || !there->is_host)
		return;
	if (peer->master && dev(there, peer->master, out))
		str_addf(out, "ip link set %s master %s\n", end, dev(there, peer->master, out));
	for (size_t i = 0; i < there->n_addrs; i++) {
		char text[IP_TEXT];

		if (there->addrs[i].link == peer->index && there->addrs[i].scope != RT_SCOPE_LINK)
			str_addf(out, "ip addr add %s dev %s\n", ip_net_text(there->addrs[i].ip, text), end);
	}
	if (peer->mtu != 1500)
		str_addf(out, "ip link set %s mtu %llu\n", end, (unsigned long long)peer->mtu);
	if (peer->flags & IFF_UP)
		str_addf(out, "ip link set %s up\n", end);
}

static void add_kind(const struct explanation *x, const struct world_netns *ns, const struct world_link *l,
		     struct str *out)
{
	static const char *const plain[] = { "dummy", "bridge", "ifb" };
	const struct world_netns *there = NULL;
	const struct world_link *parent = world_peer(x->world, ns, l, &there);
	const char *name = str_shell(out, l->name), *inside = there == ns ? "ip -n \"$name\"" : "ip";

	if (str_eq(l->kind, "veth")) {
		add_veth(x, ns, l, out);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (str_eq(l->kind, plain[i])) {
			str_addf(out, "ip -n \"$name\" link add %s type %s\n", name, plain[i]);
			return;
		}
	if (parent && str_eq(l->kind, "vlan"))
		str_addf(out, "%s link add link %s name %s netns \"$name\" type vlan id %llu\n", inside,
			 str_shell(out, parent->name), name, (unsigned long long)l->vlan_id);
	else if (parent && (str_eq(l->kind, "macvlan") || str_eq(l->kind, "ipvlan")))
		str_addf(out, "%s link add link %s name %s netns \"$name\" type %s mode %s\n", inside,
			 str_shell(out, parent->name), name, l->kind, str_shell(out, l->mode ?: "bridge"));
	else
		str_addf(out, "# not made: %s, a link of kind %s\n", str_visible(out, l->name),
			 str_visible(out, l->kind ?: "hardware"));
}

static bool is_loopback(const struct world_link *l)
{
	return l->flags & IFF_LOOPBACK;
}

static void add_state(const struct world_netns *ns, const struct world_link *l, struct str *out)
{
	const char *name = str_shell(out, l->name);

	if (l->mac && !is_loopback(l) && (str_eq(l->kind, "veth") || str_eq(l->kind, "macvlan")))
		str_addf(out, "ip -n \"$name\" link set %s address %s\n", name, str_shell(out, l->mac));
	if (l->master && dev(ns, l->master, out))
		str_addf(out, "ip -n \"$name\" link set %s master %s\n", name, dev(ns, l->master, out));
	if (!is_loopback(l) && l->mtu != 1500)
		str_addf(out, "ip -n \"$name\" link set %s mtu %llu\n", name, (unsigned long long)l->mtu);
	for (size_t i = 0; i < ns->n_addrs; i++) {
		const struct world_addr *a = &ns->addrs[i];
		char text[IP_TEXT];

		/* what the kernel gives by itself: link-local addresses, and those of the loopback */
		if (a->link == l->index && a->scope != RT_SCOPE_LINK &&
		    !(is_loopback(l) && a->scope == RT_SCOPE_HOST))
			str_addf(out, "ip -n \"$name\" addr add %s dev %s%s\n", ip_net_text(a->ip, text),
				 name, a->ip.family == AF_INET6 ? " nodad" : "");
	}
	if (l->flags & IFF_UP)
		str_addf(out, "ip -n \"$name\" link set %s up\n", name);
}

/* ---- routes and rules of them ---- */

/* The kernel makes the others by itself. */
static bool is_made(uint64_t type)
{
	return type == RTN_UNICAST || type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
	       type == RTN_PROHIBIT || type == RTN_THROW;
}

static void add_route(const struct world_netns *ns, const struct world_route *r, struct str *out)
{
	const char *type = route_type_name(r->type);
	char text[IP_TEXT];

	if (!is_made(r->type) || r->protocol == RTPROT_KERNEL || r->protocol == RTPROT_RA)
		return;
	str_addf(out, "ip -n \"$name\" %sroute add %s%s", r->family == AF_INET6 ? "-6 " : "", type,
		 *type ? " " : "");
	str_add(out, ip_is(r->dst) && r->dst.len ? ip_net_text(r->dst, text) : "default");
	if (ip_is(r->via))
		str_addf(out, " via %s", ip_text(r->via, text));
	if (r->oif && r->type == RTN_UNICAST && dev(ns, r->oif, out))
		str_addf(out, " dev %s", dev(ns, r->oif, out));
	for (size_t i = 0; i < r->n_nexthops; i++) {
		str_add(out, " nexthop");
		if (ip_is(r->nexthops[i].via))
			str_addf(out, " via %s", ip_text(r->nexthops[i].via, text));
		if (dev(ns, r->nexthops[i].oif, out))
			str_addf(out, " dev %s", dev(ns, r->nexthops[i].oif, out));
	}
	if (ip_is(r->prefsrc))
		str_addf(out, " src %s", ip_text(r->prefsrc, text));
	if (r->table != RT_TABLE_MAIN)
		str_addf(out, " table %llu", (unsigned long long)r->table);
	if (r->priority && !(r->family == AF_INET6 && r->priority == 1024))
		str_addf(out, " metric %llu", (unsigned long long)r->priority);
	str_add(out, "\n");
}

/* ip-rule(8) prints them so that it also reads them; a name in it is one of a link. */
static void add_rule(const struct world_rule *r, struct str *out)
{
	const char *text = route_rule_text(out->arena, r), *rest = strchr(text, ':');

	if (r->priority == 0 || r->priority == 32766 || r->priority == 32767)
		return;
	if (r->iif || r->oif) {
		str_addf(out, "# not made: ip rule %s\n", str_visible(out, text));
		return;
	}
	str_addf(out, "ip -n \"$name\" %srule add pref %llu%s\n", r->family == AF_INET6 ? "-6 " : "",
		 (unsigned long long)r->priority, rest ? rest + 1 : "");
}

void script_network(const struct explanation *x, struct str *out)
{
	const struct world_netns *ns = x->target->netns;

	str_add(out, "# ---- whom it reaches\nip netns add \"$name\"\n");
	if (!ns)
		return;
	for (size_t i = 0; i < ns->n_links; i++)
		if (!is_loopback(&ns->links[i]))
			add_kind(x, ns, &ns->links[i], out);
	for (size_t i = 0; i < ns->n_links; i++)
		add_state(ns, &ns->links[i], out);
	if (world_sysctl(ns, "net.ipv4.ip_forward", 0) == 1)
		str_add(out, "ip netns exec \"$name\" sysctl -qw net.ipv4.ip_forward=1\n");
	/* a gateway must be on a link that is routed already */
	for (size_t i = 0; i < ns->n_routes; i++)
		if (!ip_is(ns->routes[i].via) && !ns->routes[i].n_nexthops)
			add_route(ns, &ns->routes[i], out);
	for (size_t i = 0; i < ns->n_routes; i++)
		if (ip_is(ns->routes[i].via) || ns->routes[i].n_nexthops)
			add_route(ns, &ns->routes[i], out);
	for (size_t i = 0; i < ns->n_rules; i++)
		add_rule(&ns->rules[i], out);
	str_add(out, "\n");
}
