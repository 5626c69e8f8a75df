/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of NAT: packets that leave with an address that nobody outside knows, and the table of connections. */
#include <netinet/in.h>

#include <linux/netfilter.h>

#include "observe/findings/check.h"
#include "plan/build/repair.h"

/* RFC 1918, RFC 6598, RFC 4193 */
static bool is_private(struct ip ip)
{
	static const char *const nets[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
					    "fc00::/7" };
	struct ip net;

	for (size_t i = 0; i < ARRAY_LEN(nets); i++)
		if (ip_parse(nets[i], &net) == 0 && check_contains(net, ip))
			return true;
	return false;
}

/* Who is at the other end of the way out, if this machine shows it, may know the way back by a route. */
static bool is_routed_back(const struct check *c, const struct world_netns *ns, const struct world_link *up,
			   struct ip src)
{
	const struct world_netns *at;
	const struct world_link *peer = str_eq(up->kind, "veth") ? world_peer(c->w, ns, up, &at) : NULL;

	return peer && check_route(at, src);
}

static bool rule_masquerades(const struct world_nft_rule *r)
{
	for (size_t i = 0; i < r->n_exprs; i++)
		if (str_eq(r->exprs[i].kind, "masq") || str_eq(r->exprs[i].name, "MASQUERADE"))
			return true;
	return false;
}

/* The rules of a chain that masquerade, and of those that it leads to. What an engine left in chains of its own, of which
 * none is led to any more, does nothing. (Verdict maps lead to chains as well: each of their elements.) */
static unsigned count_nft_chain(const struct world_table *t, const char *name, unsigned depth)
{
	enum { DEPTH = 16 };
	unsigned n = 0;

	for (size_t i = 0; name && depth < DEPTH && i < t->n_chains; i++) {
		const struct world_chain *chain = &t->chains[i];

		for (size_t k = 0; str_eq(chain->name, name) && k < chain->n_rules; k++) {
			const struct world_nft_rule *r = &chain->rules[k];

			n += rule_masquerades(r);
			for (size_t x = 0; x < r->n_exprs; x++)
				n += count_nft_chain(t, r->exprs[x].chain, depth + 1);
		}
	}
	return n;
}

static unsigned count_nft_maps(const struct world_table *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->n_sets; i++)
		for (size_t k = 0; k < t->sets[i].n_elements; k++)
			n += count_nft_chain(t, t->sets[i].elements[k].chain, 1);
	return n;
}

static unsigned count_nft(const struct world_netns *ns)
{
	unsigned n = 0;

	for (size_t t = 0; t < ns->n_tables; t++) {
		const struct world_table *table = &ns->tables[t];

		for (size_t i = 0; i < table->n_chains; i++)
			if (table->chains[i].type && table->chains[i].hook == NF_INET_POST_ROUTING)
				n += count_nft_chain(table, table->chains[i].name, 0) + count_nft_maps(table);
	}
	return n;
}

static unsigned count_legacy_chain(const struct world_xt_table *t, const char *name, unsigned depth)
{
	enum { DEPTH = 16 };
	unsigned n = 0;

	for (size_t i = 0; name && depth < DEPTH && i < t->n_chains; i++)
		for (size_t k = 0; str_eq(t->chains[i].name, name) && k < t->chains[i].n_rules; k++) {
			const struct world_xt_rule *r = &t->chains[i].rules[k];

			n += str_eq(r->target.name, "MASQUERADE") ?
				     1 :
				     count_legacy_chain(t, r->chain, depth + 1);
		}
	return n;
}

static unsigned count_legacy(const struct world_netns *ns)
{
	unsigned n = 0;

	for (size_t t = 0; t < ns->n_xtables; t++)
		n += str_eq(ns->xtables[t].name, "nat") ?
			     count_legacy_chain(&ns->xtables[t], "POSTROUTING", 0) :
			     0;
	return n;
}

/* Is any network's? Then the rules that there are, are those. */
static bool serves_others(struct check *c, const struct end *but)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++) {
			const struct end *end = &c->subjects[i].ends[k];

			if (end->bridge && end->bridge != but->bridge && end->addr && end->at == but->at &&
			    check_is_masqueraded(c, end->at, end->addr->ip))
				return true;
		}
	return false;
}

/* The table's name is made of the bridge's: nft(8) takes letters, digits and _ for one. */
static const char *table_for(struct check *c, const char *bridge)
{
	char *name = arena_printf(c->a, "guise_doctor_%s", bridge);

	for (char *p = name; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') && !(*p >= '0' && *p <= '9'))
			*p = '_';
	return name;
}

static void repair_masquerade(struct check *c, struct finding *f, const struct end *end, struct ip subnet)
{
	repair_rule(&f->repair,
		    &(struct step_fix_rule){
			    .netns = check_path(c, end->at),
			    .table = table_for(c, end->bridge->name),
			    .chain = "postrouting",
			    .family = subnet.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6,
			    .in = "",
			    .out = "",
			    .not_out = end->bridge->name,
			    .source = check_net(c, ip_network(subnet)),
			    .masquerade = true,
			    .own_table = true,
			    .comment = arena_printf(c->a, "guise doctor: %s", end->bridge->name) });
}

static void look_for_masquerade(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);
	const struct world_route *route;
	const struct world_link *up = check_uplink(end->at, end->addr->ip.family, &route);
	unsigned rules = count_nft(end->at) + count_legacy(end->at);
	struct finding *f;

	if (!up || up == end->bridge || !gateway || !is_private(end->addr->ip) ||
	    is_routed_back(c, end->at, up, end->addr->ip) ||
	    check_is_masqueraded(c, end->at, end->addr->ip) || check_told(c, "masquerade", end->bridge))
		return;
	f = check_add_link(c, rules && !serves_others(c, end) ? "masquerade-mismatch" : "masquerade-missing",
			   s, end->at, end->bridge);
	check_evidence(c, f, "what comes from %s leaves %s by %s with that address",
		       check_net(c, ip_network(gateway->ip)), world_netns_title(c->w, end->at), up->name);
	check_evidence(
		c, f,
		"of its rules %u masquerade, and none of them this (nft list ruleset; iptables -t nat -S)",
		rules);
	repair_masquerade(c, f, end, gateway->ip);
	end->broken = true;
}

/* ---- another's rule takes its packets ---- */

/* What is for the outside is sent to somebody else: a rule for a published port doesn't ask for whom packets are. (To the
 * host itself, as to its resolver or a proxy, it may be sent on purpose.) */
static void look_for_shadow(struct check *c, struct subject *s, struct end *end)
{
	static const uint16_t ports[] = { 80, 443, 53 };
	struct ip to = check_somewhere(end->addr->ip.family);

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		struct packet_conn conn;
		struct packet p = check_packet(end->addr->ip, to, ports[i] == 53 ? IPPROTO_UDP : IPPROTO_TCP,
					       ports[i], &conn);
		struct filter_result r = { 0 };
		struct finding *f;

		p.in = end->bridge;
		filter_hook(end->at, to.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6, NF_INET_PRE_ROUTING,
			    &p, c->a, &r);
		if (!r.dnat || ip_same(p.dst, to) || !check_owner(c, p.dst) ||
		    check_told(c, arena_printf(c->a, "%s %s", r.nat_object, r.nat_rule), NULL))
			continue;
		f = check_add(c, "nat-shadowed", s->target, r.nat_object);
		f->netns = end->at->inode;
		check_evidence(c, f, "a packet of %s to %s, port %u, is sent on to %s, which is %s",
			       s->target, check_ip(c, to), ports[i], check_ip(c, p.dst),
			       check_owner(c, p.dst)->target);
		check_evidence(c, f, "%s: %s", r.nat_object, r.nat_rule);
		f->advice =
			"let that rule ask for the host's own addresses (fib daddr type local), or for the link that "
			"it is for";
	}
}

static void look_at_connections(struct check *c)
{
	const struct world_netns *ns = c->host;
	struct finding *f;

	if (!ns->conntrack_max || ns->conntrack_count + ns->conntrack_max / 50 < ns->conntrack_max)
		return;
	f = check_add(c, "conntrack-full", "host", "net.netfilter.nf_conntrack_max");
	f->netns = ns->inode;
	f->certainty = ns->conntrack_count >= ns->conntrack_max ? CERTAINTY_FAULT : CERTAINTY_SUSPICION;
	check_evidence(c, f,
		       "%llu connections are tracked, of %llu that there may be (nf_conntrack_count, _max)",
		       (unsigned long long)ns->conntrack_count, (unsigned long long)ns->conntrack_max);
	repair_setting(&f->repair, "", "net.netfilter.nf_conntrack_max",
		       arena_printf(c->a, "%llu", 2 * (unsigned long long)ns->conntrack_max),
		       arena_printf(c->a, "%llu", (unsigned long long)ns->conntrack_max));
}

void findings_nat(struct check *c)
{
	look_at_connections(c);
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];
		struct end *out = check_way_out(s);

		if (!s->asked || !out || !out->bridge || out->broken || !out->addr)
			continue;
		look_for_shadow(c, s, out);
		look_for_masquerade(c, s, out);
	}
}
