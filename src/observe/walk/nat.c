/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What NAT makes of a connection and of its packets: nf_nat_core.c of the kernel. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/walk/eval.h"
#include "observe/walk/route.h"

/* The link's first address in the other end's network, else its first one (inet_select_addr()). */
static struct ip link_address(const struct eval *ev, const struct world_link *link, struct ip other)
{
	struct ip first = { 0 };

	for (size_t i = 0; link && i < ev->ns->n_addrs; i++) {
		const struct world_addr *addr = &ev->ns->addrs[i];

		if (addr->link != link->index || addr->ip.family != other.family ||
		    addr->scope >= RT_SCOPE_LINK)
			continue;
		if (!ip_is(first))
			first = addr->ip;
		if (addr->ip.family == AF_INET && ip_overlap(addr->ip, other))
			return addr->ip;
	}
	return first;
}

static struct ip plain(struct ip ip)
{
	ip.len = ip_size(ip) * 8;
	return ip;
}

/* Of IPv6 it is chosen as for the machine's own packets: another link's, where that has none but a link-local one. */
static struct ip masquerade(const struct eval *ev)
{
	const struct packet *p = ev->p;

	return p->dst.family == AF_INET6 && p->out ? route_address(ev->ns, p->out->index, p->dst, 0) :
						     plain(link_address(ev, p->out, p->dst));
}

/* Of --to 10.0.0.0/24: the host's part stays. */
static struct ip netmap(struct ip from, const struct nat_range *r)
{
	struct ip to = from;

	for (size_t i = 0; i < ip_size(from); i++) {
		uint8_t mask = ~(r->min.bytes[i] ^ r->max.bytes[i]);

		to.bytes[i] = (from.bytes[i] & ~mask) | (r->min.bytes[i] & mask);
	}
	return to;
}

static enum truth new_address(struct eval *ev, bool is_dst, const struct nat_range *r, struct ip *ip)
{
	const struct packet *p = ev->p;
	struct ip own = is_dst ? p->dst : p->src;

	*ip = own;
	if (r->is_masquerade)
		*ip = masquerade(ev);
	else if (r->is_redirect && ev->hook == NF_INET_LOCAL_OUT)
		ip_parse(own.family == AF_INET6 ? "::1" : "127.0.0.1", ip);
	else if (r->is_redirect)
		*ip = plain(link_address(ev, p->in, own));
	else if (r->has_addr && r->min.family != own.family)
		return eval_maybe(ev, "it translates to an address of the other family");
	else if (r->is_netmap)
		*ip = netmap(own, r);
	else if (r->has_addr && !ip_same(r->min, r->max))
		return eval_maybe(ev, "it chooses from a range of addresses");
	else if (r->has_addr)
		*ip = plain(r->min);
	return ip_is(*ip) ? YES : eval_maybe(ev, "it translates to the address of a link that has none");
}

static enum truth new_port(struct eval *ev, bool is_dst, const struct nat_range *r, uint16_t *port)
{
	uint16_t own = is_dst ? ev->p->dport : ev->p->sport;

	*port = 0; /* of ICMP, as in conntrack.c */
	if (ev->p->proto == IPPROTO_ICMP || ev->p->proto == IPPROTO_ICMPV6)
		return YES;
	bool in_range = !r->has_port || (own >= r->port_min && own <= r->port_max);

	*port = own;
	if (r->has_port && r->port_min == r->port_max)
		*port = r->port_min;
	else if (is_dst && !in_range)
		return eval_maybe(ev, "it chooses from a range of ports");
	else if (!in_range || r->is_random)
		ev->p->conn->port_moved = true; /* where it is in the range, it stays */
	return YES;
}

/* New: the packet's tuple with what changes; the replies' is its inverse. */
static void set_reply(struct packet_conn *ct, bool is_dst, struct ip ip, uint16_t port)
{
	uint32_t bit = is_dst ? IPS_DST_NAT : IPS_SRC_NAT;
	struct ip *at = is_dst ? &ct->reply.src : &ct->reply.dst;
	uint16_t *port_at = is_dst ? &ct->reply.sport : &ct->reply.dport;

	if (!ip_same(*at, ip) || *port_at != port)
		ct->status |= bit;
	*at = ip;
	*port_at = port;
}

enum truth nat_set_up(struct eval *ev, bool is_dst, const struct nat_range *r)
{
	struct ip ip;
	uint16_t port;

	if (!ev->is_nat || !ev->p->conn)
		return eval_maybe(ev, "it translates where nothing can be");
	if (ev->perhaps)
		return eval_maybe(ev, ev->reason);
	if (new_address(ev, is_dst, r, &ip) != YES || new_port(ev, is_dst, r, &port) != YES)
		return MAYBE;
	set_reply(ev->p->conn, is_dst, ip, port);
	if (is_dst)
		ev->dnat = true;
	else
		ev->snat = true;
	return YES;
}

void nat_translate(struct packet *p, bool is_dst)
{
	const struct packet_conn *ct = p->conn;
	uint32_t bit = is_dst == !(ct && ct->is_reply) ? IPS_DST_NAT : IPS_SRC_NAT;

	if (!ct || p->is_untracked || !(ct->status & bit))
		return;
	const struct packet_tuple *t = ct->is_reply ? &ct->orig : &ct->reply;

	if (is_dst) {
		p->dst = t->src;
		p->dport = t->sport;
	} else {
		p->src = t->dst;
		p->sport = t->dport;
		if (ct->port_moved && !ct->is_reply)
			p->known &= ~PACKET_SPORT;
	}
}
