/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What expressions of nf_tables load into registers: nft_meta.c, nft_ct.c, nft_fib_ipv4.c of the kernel. Where the kernel
 * ends the rule (NFT_BREAK), NO is returned.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "observe/walk/eval.h"

static enum truth put(struct bits *out, size_t at, const void *p, size_t n, bool known)
{
	if (n < sizeof(uint32_t)) /* the rest of the word becomes zero */
		bits_put(out, at, (uint8_t[4]){ 0 }, sizeof(uint32_t), true);
	bits_put(out, at, p, n, known);
	return YES;
}

static enum truth put8(struct bits *out, size_t at, uint8_t n)
{
	return put(out, at, &n, sizeof(n), true);
}

static enum truth put16(struct bits *out, size_t at, uint16_t n)
{
	return put(out, at, &n, sizeof(n), true);
}

static enum truth put32(struct bits *out, size_t at, uint32_t n, bool known)
{
	return put(out, at, &n, sizeof(n), known);
}

/* n bytes that aren't known, and why. */
static enum truth put_unknown(struct eval *ev, struct bits *out, size_t at, size_t n, const char *reason)
{
	ev->reason = reason;
	bits_put(out, at, (uint8_t[BITS_MAX]){ 0 }, n, false);
	return YES;
}

static enum truth put_name(struct bits *out, size_t at, const char *name)
{
	char text[IFNAMSIZ] = "";

	strncpy(text, name ? name : "", sizeof(text) - 1);
	return put(out, at, text, sizeof(text), true);
}

static enum truth put_link_type(struct eval *ev, struct bits *out, size_t at, const struct world_link *link)
{
	if (!link)
		return NO;
	if (link->flags & IFF_LOOPBACK)
		return put16(out, at, ARPHRD_LOOPBACK);
	if (link->mac)
		return put16(out, at, ARPHRD_ETHER);
	return put_unknown(ev, out, at, 2, "it asks for the type of a link that has no MAC address");
}

static const struct world_link *master_of(const struct eval *ev, const struct world_link *link)
{
	for (size_t i = 0; link && link->master && i < ev->ns->n_links; i++) {
		if (ev->ns->links[i].index == link->master)
			return &ev->ns->links[i];
	}
	return NULL;
}

static enum truth load_owner(struct eval *ev, struct bits *out, size_t at, uint32_t id)
{
	if (!ev->p->is_local && !(ev->hook == NF_INET_LOCAL_IN && ev->p->conn && ev->p->conn->is_reply))
		return NO; /* no socket yet */
	if (ev->p->is_local && (ev->p->known & PACKET_OWNER))
		return put32(out, at, id, true);
	return put_unknown(ev, out, at, 4, "it asks for the owner of the socket");
}

enum truth packet_classid(const struct eval *ev)
{
	bool is_awaited = ev->hook == NF_INET_LOCAL_IN && ev->p->conn && ev->p->conn->is_reply;

	if (!ev->p->is_local && !is_awaited)
		return NO;
	return ev->p->is_local && ev->p->known & PACKET_CLASSID ? YES : MAYBE;
}

/* Could that socket be found for the packet? Whatever its state: who only may is none that is known. */
static bool may_take(const struct world_socket *s, const struct packet *p)
{
	static const uint8_t any[sizeof(s->ip.bytes)];

	return s->proto == p->proto && s->port == p->dport &&
	       (s->ip.family != p->dst.family || memcmp(s->ip.bytes, any, sizeof(any)) == 0 ||
		ip_same(s->ip, p->dst));
}

/* nf_sk_lookup_slow_v4(): of TCP and UDP, and of what comes in. A reply's is that of who asked, behind NAT, too. A namespace
 * of which no socket is known may be one whose sockets could not be read. */
enum truth packet_socket(struct eval *ev)
{
	const struct packet *p = ev->p;
	enum truth t = NO;

	if (p->is_local)
		return eval_maybe(ev, "it asks what its socket is like");
	if (!p->in || (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP))
		return NO;
	if ((p->conn && p->conn->is_reply) || !ev->ns->n_sockets)
		t = MAYBE;
	for (size_t i = 0; i < ev->ns->n_sockets && t == NO; i++)
		t = may_take(&ev->ns->sockets[i], p) ? MAYBE : NO;
	return t == NO ? NO : eval_maybe(ev, "it asks what the socket is like that takes it");
}

/* Of its in or out. */
static enum truth load_link(struct eval *ev, unsigned key, struct bits *out, size_t at)
{
	const struct packet *p = ev->p;

	switch (key) {
	case NFT_META_IIF:
		return put32(out, at, p->in ? p->in->index : 0, true);
	case NFT_META_OIF:
		return put32(out, at, p->out ? p->out->index : 0, true);
	case NFT_META_IIFNAME:
		return put_name(out, at, p->in ? p->in->name : NULL);
	case NFT_META_OIFNAME:
		return put_name(out, at, p->out ? p->out->name : NULL);
	case NFT_META_IIFTYPE: /* that of skb->dev, which behind the route, and at egress, is where it goes out */
		return put_link_type(ev, out, at,
				     ev->hook == NF_INET_POST_ROUTING || ev->family == NFPROTO_NETDEV ?
					     p->out ?: p->in :
					     p->in);
	case NFT_META_OIFTYPE:
		return put_link_type(ev, out, at, p->out);
	case NFT_META_IIFKIND:
		return p->in ? put_name(out, at, p->in->kind) : NO;
	case NFT_META_OIFKIND:
		return p->out ? put_name(out, at, p->out->kind) : NO;
	case NFT_META_BRI_IIFNAME:
		return master_of(ev, p->in) ? put_name(out, at, master_of(ev, p->in)->name) : NO;
	case NFT_META_BRI_OIFNAME:
		return master_of(ev, p->out) ? put_name(out, at, master_of(ev, p->out)->name) : NO;
	case NFT_META_SDIF:
		return put32(out, at, 0, true);
	case NFT_META_SDIFNAME:
		return put_name(out, at, NULL);
	}
	return put_unknown(ev, out, at, 4, "it asks for what is not known of a link");
}

static bool has_mac(const struct world_link *link, const uint8_t mac[6])
{
	char text[sizeof("00:00:00:00:00:00")];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return link && str_eq(text, link->mac);
}

/* A frame that a bridge takes is the host's only if it is for the bridge's address, or its port's: eth_type_trans(). What
 * the host sends is its own. */
int packet_type(const struct eval *ev)
{
	enum { HOST, BROADCAST, MULTICAST, OTHERHOST }; /* linux/if_packet.h */
	const struct packet *p = ev->p;
	const struct world_link *bridge = master_of(ev, p->in ? p->in : p->out);

	if (ev->family == NFPROTO_NETDEV && !p->out && p->known & PACKET_MACS)
		return p->dst_mac[0] & 1          ? (p->dst_mac[0] == 0xff ? BROADCAST : MULTICAST) :
		       has_mac(p->in, p->dst_mac) ? HOST :
						    OTHERHOST;
	if (ev->family != NFPROTO_BRIDGE || ev->hook == NF_INET_LOCAL_OUT)
		return p->known & PACKET_TYPE ? p->type : -1;
	if (!(p->known & PACKET_MACS) || !bridge)
		return -1;
	if (p->dst_mac[0] & 1)
		return p->dst_mac[0] == 0xff ? BROADCAST : MULTICAST;
	if (has_mac(bridge, p->dst_mac) || has_mac(p->in, p->dst_mac) ||
	    (!p->in && has_mac(bridge, p->src_mac)))
		return HOST;
	return OTHERHOST;
}

/* All of it UTC, as the kernel has it: the first of January 1970 was a Thursday. */
static enum truth load_time(struct eval *ev, uint64_t key, struct bits *out, size_t at)
{
	enum { DAY = 24 * 60 * 60, THURSDAY = 4 };
	uint64_t ns = (uint64_t)ev->p->seconds * 1000000000;

	if (!(ev->p->known & PACKET_TIME) || ev->p->seconds < 0)
		return put_unknown(ev, out, at, key == NFT_META_TIME_NS ? 8 : 4, "it asks for the time");
	if (key == NFT_META_TIME_NS)
		return put(out, at, &ns, sizeof(ns), true);
	if (key == NFT_META_TIME_DAY)
		return put8(out, at, (ev->p->seconds / DAY + THURSDAY) % 7);
	return put32(out, at, (uint32_t)(ev->p->seconds % DAY), true);
}

enum truth load_meta(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at)
{
	const struct packet *p = ev->p;
	bool is_ip = p->src.family == AF_INET || p->src.family == AF_INET6;

	switch (x->key) {
	case NFT_META_LEN:
		return p->known & PACKET_LENGTH ?
			       put32(out, at, p->length, true) :
			       put_unknown(ev, out, at, 4, "it asks for the packet's length");
	case NFT_META_PROTOCOL:
		return put16(out, at,
			     htons(p->ethertype              ? p->ethertype :
				   p->src.family == AF_INET6 ? ETH_P_IPV6 :
							       ETH_P_IP));
	case NFT_META_NFPROTO:
		return put8(out, at, ev->nfproto);
	case NFT_META_L4PROTO:
		return is_ip && p->ethertype != ETH_P_ARP ? put8(out, at, p->proto) : NO;
	case NFT_META_MARK:
		ev->reason = p->known & PACKET_MARK ? ev->reason : "it asks for the packet's mark";
		return put32(out, at, p->mark, p->known & PACKET_MARK);
	case NFT_META_SKUID:
		return load_owner(ev, out, at, p->uid);
	case NFT_META_SKGID:
		return load_owner(ev, out, at, p->gid);
	case NFT_META_CGROUP:
		if (packet_classid(ev) == NO)
			return NO;
		return packet_classid(ev) == YES ?
			       put32(out, at, 0, true) :
			       put_unknown(ev, out, at, 4, "it asks for the cgroup of the socket");
	case NFT_META_PKTTYPE:
		return packet_type(ev) < 0 ? put_unknown(ev, out, at, 1, "it asks for the packet's type") :
					     put8(out, at, packet_type(ev));
	case NFT_META_NFTRACE:
	case NFT_META_SECPATH:
		return put8(out, at, 0);
	case NFT_META_PRIORITY:
		ev->reason = p->known & PACKET_PRIORITY ? ev->reason : "it asks for the packet's priority";
		return put32(out, at, p->priority, p->known & PACKET_PRIORITY);
	case NFT_META_RTCLASSID:
	case NFT_META_SECMARK:
	case NFT_META_CPU:
	case NFT_META_PRANDOM:
		return put_unknown(ev, out, at, 4, "it asks for what differs from packet to packet");
	case NFT_META_TIME_NS:
	case NFT_META_TIME_DAY:
	case NFT_META_TIME_HOUR:
		return load_time(ev, x->key, out, at);
	}
	return load_link(ev, x->key, out, at);
}

/* ---- ct ---- */

const struct packet_conn *packet_ct(const struct eval *ev)
{
	return ev->sees_ct && !ev->p->is_untracked ? ev->p->conn : NULL;
}

uint32_t packet_ct_state(const struct eval *ev)
{
	if (ev->p->is_untracked)
		return PACKET_CT_UNTRACKED;
	if (!ev->sees_ct)
		return PACKET_CT_INVALID;
	if (!(ev->p->known & PACKET_CT))
		return 0;
	return ev->p->conn ? ev->p->conn->state : PACKET_CT_INVALID;
}

static enum truth load_tuple(struct eval *ev, const struct packet_conn *ct, const struct world_expr *x,
			     struct bits *out, size_t at)
{
	const struct packet_tuple *t = x->dir ? &ct->reply : &ct->orig;
	size_t size = ip_size(t->src);

	switch (x->key) {
	case NFT_CT_SRC:
	case NFT_CT_SRC_IP:
	case NFT_CT_SRC_IP6:
		return put(out, at, t->src.bytes, size, true);
	case NFT_CT_DST:
	case NFT_CT_DST_IP:
	case NFT_CT_DST_IP6:
		return put(out, at, t->dst.bytes, size, true);
	case NFT_CT_PROTO_SRC:
	case NFT_CT_PROTO_DST:
		if ((x->key == NFT_CT_PROTO_SRC) == !x->dir && !(ev->p->known & PACKET_SPORT))
			return put_unknown(ev, out, at, 2, "it asks for a port that is not known");
		return put16(out, at, htons(x->key == NFT_CT_PROTO_SRC ? t->sport : t->dport));
	}
	return put_unknown(ev, out, at, 4, "it asks for what is not known of a connection");
}

enum truth load_ct(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at)
{
	const struct packet_conn *ct = packet_ct(ev);
	uint32_t state = packet_ct_state(ev);

	if (state == 0)
		return put_unknown(ev, out, at, x->key == NFT_CT_LABELS || x->key == NFT_CT_SRC_IP6 ? 16 : 4,
				   "it asks for the connection, which is not known");
	if (x->key == NFT_CT_STATE)
		return put32(out, at, state, true);
	if (!ct)
		return NO;
	switch (x->key) {
	case NFT_CT_DIRECTION:
		return put8(out, at, ct->is_reply);
	case NFT_CT_STATUS:
		return put32(out, at, ct->status, true);
	case NFT_CT_MARK:
		ev->reason = ev->p->known & PACKET_CT_MARK ? ev->reason : "it asks for the connection's mark";
		return put32(out, at, ct->mark, ev->p->known & PACKET_CT_MARK);
	case NFT_CT_L3PROTOCOL:
		return put8(out, at, ct->orig.src.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	case NFT_CT_PROTOCOL:
		return put8(out, at, ev->p->proto);
	case NFT_CT_ZONE:
		return put16(out, at, 0);
	case NFT_CT_LABELS:
	case NFT_CT_HELPER:
		return put_unknown(ev, out, at, 16, "it asks for a connection's labels or helper");
	case NFT_CT_PKTS:
	case NFT_CT_BYTES:
	case NFT_CT_AVGPKT:
		return put_unknown(ev, out, at, 8, "it asks how much a connection has carried");
	}
	return load_tuple(ev, ct, x, out, at);
}

/* ---- fib ---- */

int packet_addr_type(struct eval *ev, struct ip ip, int64_t link)
{
	return ev->p->fib.type ? ev->p->fib.type(ev->p->fib.arg, ev->ns, ip, link) : -1;
}

static int64_t ask_route(struct eval *ev, const struct packet_route *q, unsigned *type)
{
	*type = RTN_UNICAST;
	return ev->p->fib.oif ? ev->p->fib.oif(ev->p->fib.arg, ev->ns, q, type) : -1;
}

int64_t packet_reverse(struct eval *ev, bool with_mark, unsigned *type)
{
	struct packet_route q = { .dst = ev->p->src, .src = ev->p->dst };

	q.mark = with_mark ? ev->p->mark : 0;
	return ask_route(ev, &q, type);
}

/* nft_fib4_eval(): the link of the route, 0: none (or not the one that is asked for). */
static int64_t fib_link(struct eval *ev, uint64_t flags)
{
	const struct packet *p = ev->p;
	const struct world_link *only = flags & NFTA_FIB_F_IIF ? p->in :
					flags & NFTA_FIB_F_OIF ? p->out :
								 NULL;
	struct packet_route q = { .mark = flags & NFTA_FIB_F_MARK ? p->mark : 0 };
	unsigned type;
	int64_t link;

	/* nft_fib_can_skip() */
	if ((ev->hook == NF_INET_PRE_ROUTING || ev->hook == NF_INET_LOCAL_IN) && p->in &&
	    (p->in->flags & IFF_LOOPBACK))
		return p->in->index;
	if ((flags & NFTA_FIB_F_MARK) && !(p->known & PACKET_MARK))
		return -1;
	q.dst = flags & NFTA_FIB_F_DADDR ? p->dst : p->src;
	q.src = flags & NFTA_FIB_F_DADDR ? p->src : p->dst;
	if (!(flags & NFTA_FIB_F_DADDR) && ev->hook == NF_INET_FORWARD && (flags & NFTA_FIB_F_IIF) && p->out)
		q.iif = p->out->index;
	link = ask_route(ev, &q, &type);
	if (link <= 0)
		return link;
	if (type != RTN_UNICAST)
		return type == RTN_LOCAL ? 0 : link;
	return only && only->index != link ? 0 : link;
}

static enum truth load_addr_type(struct eval *ev, uint64_t flags, struct bits *out, size_t at)
{
	const struct packet *p = ev->p;
	const struct world_link *link = flags & NFTA_FIB_F_IIF ? p->in :
					flags & NFTA_FIB_F_OIF ? p->out :
								 NULL;
	int type = packet_addr_type(ev, flags & NFTA_FIB_F_SADDR ? p->src : p->dst, link ? link->index : 0);

	return type < 0 ? put_unknown(ev, out, at, 4, "it asks for the type of an address") :
			  put32(out, at, type, true);
}

enum truth load_fib(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at)
{
	int64_t link;

	if (x->key == NFT_FIB_RESULT_ADDRTYPE)
		return load_addr_type(ev, x->flags, out, at);
	link = fib_link(ev, x->flags);
	if (link < 0)
		return put_unknown(ev, out, at, x->key == NFT_FIB_RESULT_OIFNAME ? IFNAMSIZ : 4,
				   "it asks for a route that is not known");
	if (x->flags & NFTA_FIB_F_PRESENT)
		return put8(out, at, link != 0);
	if (x->key == NFT_FIB_RESULT_OIF)
		return put32(out, at, link, true);
	for (size_t i = 0; i < ev->ns->n_links; i++) {
		if (ev->ns->links[i].index == link)
			return put_name(out, at, ev->ns->links[i].name);
	}
	return put_name(out, at, NULL);
}
