/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * br_netfilter (net/bridge/br_netfilter_hooks.c): frames of IP that a bridge forwards pass the hooks of IP as well,
 * as if they had come by the bridge and left by it, and know their ports (physdev).
 */
#include "observe/walk/link.h"

#include <linux/if_ether.h>
#include <linux/netfilter.h>

#include "observe/walk/conntrack.h"
#include "observe/walk/input.h"
#include "observe/walk/route.h"

bool bridge_calls_ip(const struct world_netns *ns, const struct world_link *bridge, const struct packet *p)
{
	if (p->ethertype == ETH_P_ARP || p->vlan)
		return false;
	/* without the module the file is not there */
	if (p->dst.family == AF_INET6) {
		int64_t all = world_sysctl(ns, "net.bridge.bridge-nf-call-ip6tables", -1);

		return all > 0 || (all == 0 && bridge->nf_call_ip6);
	}
	return world_sysctl(ns, "net.bridge.bridge-nf-call-iptables", -1) > 0 ||
	       (world_sysctl(ns, "net.bridge.bridge-nf-call-iptables", -1) == 0 && bridge->nf_call_ip);
}

static bool mac_of(const struct world *w, const struct world_netns *ns, const struct world_link *bridge,
		   struct ip ip, uint8_t mac[6])
{
	for (size_t i = 0; i < ns->n_neighs; i++)
		if (ns->neighs[i].link == bridge->index && ip_same(ns->neighs[i].ip, ip) && ns->neighs[i].mac)
			return mac_parse(ns->neighs[i].mac, mac);
	for (size_t i = 0; i < w->n_netns; i++)
		for (size_t k = 0; k < w->netns[i].n_addrs; k++) {
			const struct world_addr *a = &w->netns[i].addrs[k];
			const struct world_link *link = ip_same(a->ip, ip) ?
								world_link_at(&w->netns[i], a->link) :
								NULL;

			if (link && link->mac)
				return mac_parse(link->mac, mac);
		}
	return false;
}

/* As br_nf_pre_routing_finish(): who gets the frame now that it goes elsewhere? Whom the bridge leads to, or else the
 * bridge itself, whose host routes it: so are replies to what was masqueraded. IPv4 asks ip_route_input(), whose answer is
 * the host itself where it does not forward, or has no route: there the packet then ends. */
static bool redirect(struct way *y, const struct world_netns *ns, const struct world_link *bridge,
		     struct packet *p)
{
	struct route_ask q = { .dst = p->dst,
			       .src = p->src,
			       .mark = p->mark,
			       .proto = p->proto,
			       .sport = p->sport,
			       .dport = p->dport,
			       .iif = bridge->index,
			       .uid = -1 };
	bool is_ipv6 = p->dst.family == AF_INET6;
	struct route_answer r;

	route_lookup(ns, &q, &r);
	if (r.kind == ROUTE_UNKNOWN)
		return false;
	if (r.kind == ROUTE_OUT && r.oif == bridge->index && (is_ipv6 || input_forwards(ns, bridge, p)))
		return mac_of(y->w, ns, bridge, ip_is(r.via) ? r.via : p->dst, p->dst_mac);
	return mac_parse(bridge->mac, p->dst_mac);
}

bool bridge_ip_hook(struct way *y, const struct world_netns *ns, const struct world_netns *beyond,
		    const struct world_link *bridge, unsigned hook, struct packet *p,
		    const struct world_link *in, const struct world_link *out)
{
	struct ip dst = p->dst;
	size_t n = y->n_drops;
	bool passed;

	if (!bridge_calls_ip(ns, bridge, p))
		return true;
	if (hook == NF_INET_PRE_ROUTING)
		conntrack_find(y, ns, p);
	p->in = in && hook != NF_INET_POST_ROUTING ? bridge : NULL;
	p->out = out ? bridge : NULL;
	p->phys_in = in;
	p->phys_out = out;
	p->is_bridged = true;
	passed = frame_filter(y, ns, beyond, dst.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4, hook, p);
	if (!passed && n < y->n_drops && y->drops[n].verdict == WALK_BLOCKED)
		y->drops[n].end.code = "bridge-netfilter-drop";
	if (passed && hook == NF_INET_PRE_ROUTING && !ip_same(dst, p->dst) && !redirect(y, ns, bridge, p)) {
		frame_unknown(y, ns, "bridge", bridge->name, "DNAT of a frame that is bridged");
		passed = false;
	}
	if (passed && hook == NF_INET_POST_ROUTING)
		conntrack_confirm(y, ns, p);
	p->is_bridged = false;
	p->phys_out = NULL;
	p->in = in;
	p->out = out;
	return passed;
}
