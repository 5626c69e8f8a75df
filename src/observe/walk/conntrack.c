/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/conntrack.h"

#include <linux/if_ether.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>

static bool has_ports(const struct packet *p)
{
	return p->proto != IPPROTO_ICMP && p->proto != IPPROTO_ICMPV6;
}

static struct packet_tuple tuple_of(const struct packet *p)
{
	return (struct packet_tuple){
		.src = p->src,
		.dst = p->dst,
		.sport = has_ports(p) ? p->sport : 0,
		.dport = has_ports(p) ? p->dport : 0,
	};
}

static bool same(const struct packet_tuple *a, const struct packet_tuple *b, bool port_moved)
{
	return ip_same(a->src, b->src) && ip_same(a->dst, b->dst) && a->sport == b->sport &&
	       (a->dport == b->dport || port_moved);
}

/* Neighbours are asked for without being tracked (nf_conntrack_proto_icmpv6.c). */
static bool is_neighbour_discovery(const struct packet *p)
{
	return p->proto == IPPROTO_ICMPV6 && p->icmp_type >= ND_ROUTER_SOLICIT && p->icmp_type <= ND_REDIRECT;
}

static struct packet_conn *conn_new(struct way *y, const struct world_netns *ns, const struct packet_tuple *t)
{
	struct way_conn *c = arena_new(y->a, struct way_conn);

	c->ns = ns;
	c->conn = (struct packet_conn){
		.orig = *t,
		.reply = { .src = t->dst, .dst = t->src, .sport = t->dport, .dport = t->sport },
		.state = PACKET_CT_NEW,
	};
	arena_push(y->a, y->conns, y->n_conns, c);
	return &c->conn;
}

/* TCP's third packet where the second was not seen is none that can follow (tcp_conntracks[] of
 * nf_conntrack_proto_tcp.c); the other side's, where not even the first was, begins a connection (tcp_loose). */
static uint32_t state_there(const struct way *y, const struct packet_conn *c, const struct packet *p)
{
	if (c->status & IPS_SEEN_REPLY)
		return PACKET_CT_ESTABLISHED;
	return p->proto == IPPROTO_TCP && !(p->tcp_flags & TH_SYN) && !y->is_reply ? PACKET_CT_INVALID :
										     PACKET_CT_NEW;
}

void conntrack_find(struct way *y, const struct world_netns *ns, struct packet *p)
{
	struct packet_tuple t = tuple_of(p);

	p->known |= PACKET_CT;
	p->is_untracked = is_neighbour_discovery(p);
	p->conn = NULL;
	if (p->ethertype == ETH_P_ARP || p->is_untracked)
		return;
	for (size_t i = 0; i < y->n_conns; i++) {
		struct packet_conn *c = &y->conns[i]->conn;

		if (y->conns[i]->ns != ns)
			continue;
		if (same(&t, &c->reply, c->port_moved)) {
			c->is_reply = true;
			c->state = PACKET_CT_ESTABLISHED;
			c->status |= IPS_SEEN_REPLY;
		} else if (same(&t, &c->orig, false)) {
			c->is_reply = false;
			c->state = state_there(y, c, p);
		} else {
			continue;
		}
		p->conn = c;
		return;
	}
	p->conn = conn_new(y, ns, &t);
	/* the middle of a connection that nothing is known of: TCP takes no SYN with ACK for a beginning */
	if (y->is_reply && p->proto == IPPROTO_TCP && p->tcp_flags & TH_SYN)
		p->conn->state = PACKET_CT_INVALID;
	if (y->is_reply && !has_ports(p))
		p->conn->state = PACKET_CT_INVALID;
}

void conntrack_confirm(struct way *y, const struct world_netns *ns, struct packet *p)
{
	(void)y;
	(void)ns;
	if (p->conn)
		p->conn->status |= IPS_CONFIRMED;
}
