/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/neigh.h"

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <netinet/icmp6.h>
#include <string.h>

#include "observe/walk/conntrack.h"
#include "observe/walk/link.h"
#include "observe/walk/route.h"

/* ---- what is known ---- */

static const struct world_neigh *entry_of(const struct world_netns *ns, const struct world_link *link,
					  struct ip ip)
{
	for (size_t i = 0; i < ns->n_neighs; i++)
		if (ns->neighs[i].link == link->index && ip_same(ns->neighs[i].ip, ip) &&
		    !(ns->neighs[i].flags & NTF_PROXY))
			return &ns->neighs[i];
	return NULL;
}

static struct way_neigh *learned_of(const struct way *y, const struct world_link *link, struct ip ip,
				    bool perhaps)
{
	for (size_t i = 0; i < y->n_neighs; i++)
		if (y->neighs[i].link == link && ip_same(y->neighs[i].ip, ip) &&
		    y->neighs[i].perhaps == perhaps)
			return &y->neighs[i];
	return NULL;
}

static void learn(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip ip,
		  const uint8_t mac[6])
{
	struct way_neigh *old = learned_of(y, link, ip, false), entry = { .ns = ns, .link = link, .ip = ip };

	memcpy(old ? old->mac : entry.mac, mac, 6);
	if (!old)
		arena_push(y->a, y->neighs, y->n_neighs, entry);
}

void neigh_perhaps(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip ip)
{
	struct way_neigh entry = { .ns = ns, .link = link, .ip = ip, .perhaps = true };

	arena_push(y->a, y->neighs, y->n_neighs, entry);
}

static const char *state_text(uint64_t state)
{
	return state & NUD_PERMANENT ? "permanent" :
	       state & NUD_NOARP     ? "noarp" :
	       state & NUD_STALE     ? "stale" :
				       "known";
}

static bool in_table(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip ip,
		     uint8_t mac[6])
{
	const struct world_neigh *entry = entry_of(ns, link, ip);
	const struct way_neigh *own = learned_of(y, link, ip, false);
	bool fixed = entry && entry->state & (NUD_PERMANENT | NUD_NOARP);

	if (own && !fixed) {
		memcpy(mac, own->mac, 6);
		return true;
	}
	if (!entry || entry->state & (NUD_INCOMPLETE | NUD_FAILED) || !entry->state ||
	    (y->question.asks_anew && !fixed) || !mac_parse(entry->mac, mac))
		return false;
	way_hop(y, ns, "neighbour", link->name, state_text(entry->state),
		"%s is at %s, by the table of neighbours", way_ip(y, ip), way_mac(y, mac));
	return true;
}

/* ---- asking ---- */

static void set_macs(struct packet *q, const struct world_link *link)
{
	mac_parse(link->mac, q->src_mac);
	q->known |= PACKET_MACS | PACKET_LENGTH | PACKET_TYPE;
	q->type = 0;
}

/* The address that is asked with: that of the packet, where it is this namespace's (arp_solicit()). */
static struct ip asks_as(const struct world_netns *ns, const struct world_link *link, struct ip target,
			 const struct packet *p)
{
	int64_t announce = way_conf_max(ns, link, "arp_announce");

	if (p->src.family == target.family && announce == 0 && route_is_local(ns, p->src))
		return p->src;
	return route_address(ns, link->index, target, RT_SCOPE_LINK);
}

static struct packet question_of(const struct way *y, const struct world_netns *ns,
				 const struct world_link *link, struct ip target, const struct packet *p)
{
	struct packet q = { .src = asks_as(ns, link, target, p), .dst = target, .length = 28, .fib = p->fib };

	(void)y;
	set_macs(&q, link);
	memset(q.dst_mac, 0xff, 6);
	q.ethertype = ETH_P_ARP;
	if (target.family == AF_INET)
		return q;
	q.ethertype = ETH_P_IPV6;
	q.proto = IPPROTO_ICMPV6;
	q.icmp_type = ND_NEIGHBOR_SOLICIT;
	q.known |= PACKET_ICMP | PACKET_TTL;
	q.ttl = 255;
	q.length = 72;
	/* ff02::1:ffXX:XXXX */
	memcpy(q.dst.bytes, "\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff", 13);
	memcpy(q.dst_mac, "\x33\x33\xff", 3);
	memcpy(q.dst_mac + 3, target.bytes + 13, 3);
	return q;
}

static struct packet answer_of(const struct way_arrival *at, struct ip target)
{
	struct packet q = at->p;

	q.dst = at->p.src;
	q.src = target;
	q.icmp_type = ND_NEIGHBOR_ADVERT;
	memcpy(q.dst_mac, at->p.src_mac, 6);
	q.conn = NULL;
	q.mark = 0;
	set_macs(&q, at->link);
	return q;
}

/* Neighbour discovery is IPv6, and passes its hooks; ARP does not. */
static bool hooks(struct way *y, const struct world_netns *ns, const struct world_link *link,
		  struct packet *q, bool is_out)
{
	if (q->ethertype == ETH_P_ARP)
		return true;
	q->is_local = is_out;
	q->in = is_out ? NULL : link;
	q->out = is_out ? link : NULL;
	conntrack_find(y, ns, q);
	if (!frame_filter(y, ns, ns, NFPROTO_IPV6, is_out ? NF_INET_LOCAL_OUT : NF_INET_PRE_ROUTING, q))
		return false;
	/* ndisc_alloc_skb(): to POST_ROUTING it looks as if it had come by that link */
	q->in = link;
	return frame_filter(y, ns, ns, NFPROTO_IPV6, is_out ? NF_INET_POST_ROUTING : NF_INET_LOCAL_IN, q);
}

static void send_ours(struct way *y, const struct world_netns *ns, const struct world_link *link,
		      struct packet q)
{
	if (hooks(y, ns, link, &q, true))
		link_send(y, ns, link, q);
	y->out->n_hops = y->base;
}

/* Does the answer of `at` come back? */
static bool comes_back(struct way *y, const struct world_netns *ns, const struct world_link *link,
		       const struct way_arrival *at, struct ip target)
{
	y->n_arrivals = 0;
	send_ours(y, at->ns, at->link, answer_of(at, target));
	for (size_t i = 0; i < y->n_arrivals; i++) {
		struct packet q = y->arrivals[i].p;

		if (y->arrivals[i].ns == ns && y->arrivals[i].link == link && hooks(y, ns, link, &q, false))
			return true;
	}
	return false;
}

struct asked {
	size_t n; /* answers, from different MAC addresses */
	bool leaves;
	uint8_t mac[6], last[6];
};

static void collect(struct way *y, const struct world_netns *ns, const struct world_link *link,
		    struct ip target, struct asked *r)
{
	struct way_arrival *list = y->arrivals;
	size_t n = y->n_arrivals;

	for (size_t i = 0; i < n; i++) {
		struct way_arrival at = list[i];
		struct way_drop drop = { 0 };
		uint8_t mac[6];

		if (at.leaves) {
			r->leaves = true;
			continue;
		}
		if (!hooks(y, at.ns, at.link, &at.p, false))
			continue;
		if (!neigh_answers(y, &at, target, &drop)) {
			if (drop.end.code || drop.verdict == WALK_UNKNOWN)
				arena_push(y->a, y->drops, y->n_drops, drop);
			continue;
		}
		mac_parse(at.link->mac, mac);
		learn(y, at.ns, at.link, at.p.src, at.p.src_mac);
		if (!comes_back(y, ns, link, &at, target))
			continue;
		if (!r->n)
			memcpy(r->mac, mac, 6);
		r->n += r->n == 0 || memcmp(r->last, mac, 6) != 0;
		memcpy(r->last, mac, 6);
		way_hop(y, ns, "neighbour", link->name, NULL, "%s answers from %s in %s: %s",
			way_ip(y, target), at.link->name, world_netns_title(y->w, at.ns), way_mac(y, mac));
		y->base = y->out->n_hops;
	}
	y->arrivals = list;
	y->n_arrivals = n;
}

/* All ports of a flood, or but those behind which somebody could answer: of two hundred it is one. */
static void ask_them(struct way *y, const struct world_netns *ns, const struct world_link *link,
		     struct ip target, bool all, const struct packet *p, struct asked *r)
{
	*r = (struct asked){ 0 };
	frames_begin(y);
	y->spared = false;
	y->asked = all ? NULL : &target;
	send_ours(y, ns, link, question_of(y, ns, link, target, p));
	y->asked = NULL;
	collect(y, ns, link, target, r);
}

static bool ask(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip target,
		bool is_gateway, const struct packet *p, uint8_t mac[6])
{
	struct asked r;

	ask_them(y, ns, link, target, false, p, &r);
	/* nobody did: then it matters what became of it anywhere */
	if (!r.n && !r.leaves && y->spared)
		ask_them(y, ns, link, target, true, p, &r);
	y->had_choice |= r.n == 2;
	if (r.n > 2) {
		way_unknown(y, ns, "neighbour", link->name, "more than two links answer for %s",
			    way_ip(y, target));
		return false;
	}
	if (!r.n && !r.leaves && learned_of(y, link, target, true)) {
		way_unknown(y, ns, "neighbour", link->name,
			    "%s is known only if a redirect was sent to it, and the kernel does not send all",
			    way_ip(y, target));
		return false;
	}
	if (!r.n && !r.leaves) {
		neigh_blame(y, ns, link, target, is_gateway);
		return false;
	}
	memcpy(mac, y->takes_last ? r.last : r.mac, 6);
	if (r.n)
		learn(y, ns, link, target, mac);
	return true;
}

/* ---- the door ---- */

static bool is_many(const struct world_netns *ns, struct ip ip)
{
	if (ip.family == AF_INET6)
		return ip.bytes[0] == 0xff;
	if (ip.bytes[0] >= 224)
		return true;
	for (size_t i = 0; i < ns->n_routes; i++)
		if (ns->routes[i].type == RTN_BROADCAST && ip_same(ns->routes[i].dst, ip))
			return true;
	return false;
}

bool neigh_resolve(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip next,
		   bool is_gateway, const struct packet *p, uint8_t mac[6])
{
	memset(mac, 0, 6);
	if (link->flags & IFF_LOOPBACK)
		return true;
	if (is_many(ns, next)) {
		memset(mac, 0xff, 6);
		return true;
	}
	if (link->flags & (IFF_NOARP | IFF_POINTOPOINT)) {
		/* arp_constructor(): its own address, which the other end of a cable hasn't */
		mac_parse(link->mac, mac);
		way_hop(y, ns, "neighbour", link->name, "NOARP", "%s asks nobody for MAC addresses",
			link->name);
		return true;
	}
	return in_table(y, ns, link, next, mac) || ask(y, ns, link, next, is_gateway, p, mac);
}
