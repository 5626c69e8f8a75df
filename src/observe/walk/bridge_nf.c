/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * br_netfilter (net/bridge/br_netfilter_hooks.c): frames of IP that a bridge forwards pass the hooks of IP as well,
 * as if they had come by the bridge and left by it, and know their ports (physdev).
 */
#include "observe/walk/link.h"

#include <linux/if_ether.h>
#include <linux/netfilter.h>

#include "observe/walk/conntrack.h"

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
	if (passed && hook == NF_INET_PRE_ROUTING && !ip_same(dst, p->dst)) {
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
