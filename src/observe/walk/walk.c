/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/walk.h"

#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>

#include "observe/walk/fib.h"
#include "observe/walk/host.h"
#include "observe/walk/link.h"
#include "observe/walk/route.h"
#include "observe/walk/socket.h"

static bool is_private(struct ip ip)
{
	const uint8_t *b = ip.bytes;

	if (ip.family == AF_INET6)
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 100 && (b[1] & 0xc0) == 64) || (b[0] == 169 && b[1] == 254);
}

static bool outside_answers(struct way *y, const struct leg *leg)
{
	y->out->out = leg->in->name;
	/* from outside, sent on to an address that is behind no link of this machine's */
	if (str_eq(y->question.iif, leg->in->name) && y->sender == y->origin) {
		way_block(y, leg->ns, "outside",
			  &(struct way_end){ .code = "sent-back", .object = leg->in->name },
			  "it goes back by %s, by which it came: nothing on this machine leads to %s",
			  leg->in->name, way_ip(y, leg->p.dst));
		return false;
	}
	if (is_private(leg->p.src) && y->sender && !route_is_local(y->sender, leg->p.src)) {
		way_block(y, leg->ns, "outside",
			  &(struct way_end){ .code = "masquerade-missing", .object = leg->in->name },
			  "the outside can't answer %s, which is an address of this machine's inside",
			  way_ip(y, leg->p.src));
		return false;
	}
	way_hop(y, leg->ns, "outside", leg->in->name, NULL, "it leaves the machine by %s, from %s",
		leg->in->name, way_ip(y, leg->p.src));
	return true;
}

static uint32_t length_of(const struct walk_packet *q)
{
	return q->size ? q->size : 84;
}

/* A SYN has more options. */
static uint32_t tcp_length(uint8_t flags)
{
	return flags & TH_SYN ? 60 : 52;
}

/* The reply: as long as the request was before it went in fragments, but for TCP's. */
static void turn(struct packet *p, const struct walk_packet *question)
{
	struct ip ip = p->src;
	uint16_t port = p->sport;

	p->src = p->dst;
	p->dst = ip;
	p->sport = p->dport;
	p->dport = port;
	p->icmp_type = p->proto == IPPROTO_ICMP ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
	p->tcp_flags |= TH_ACK;
	p->mark = 0;
	p->ttl = 64;
	p->length = p->proto == IPPROTO_TCP ? tcp_length(p->tcp_flags) : length_of(question);
	p->conn = NULL;
	p->phys_in = p->phys_out = NULL;
	p->vlan = 0;
	p->known &= ~(unsigned)PACKET_OWNER;
	p->type = PACKET_HOST;
}

/* The reply comes in where the packet went out, as a frame. */
static void enter(struct way *y, struct leg *leg)
{
	const struct world_link *link = leg->in;

	memcpy(leg->p.dst_mac, leg->p.src_mac, 6);
	memcpy(leg->p.src_mac, "\x02\0\0\0\0\x01", 6);
	leg->outside = false;
	way_hop(y, leg->ns, "outside", link->name, NULL, "the reply comes in by %s", link->name);
	frames_begin(y);
	link_receive(y, leg->ns, link, leg->p, false);
	host_choose(y, leg->ns, link, leg);
}

/* Is it what the socket waits for? */
static void check_reply(struct way *y, const struct leg *leg, const struct packet *sent)
{
	const struct packet *p = &leg->p;
	bool ports = p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6 || p->sport == sent->dport;

	if (leg->outside) {
		if (!y->question.iif)
			way_block(y, leg->ns, "outside",
				  &(struct way_end){ .code = "reply-lost", .object = leg->in->name },
				  "the reply leaves the machine by %s", leg->in->name);
	} else if (leg->ns != y->origin || !ip_same(p->dst, sent->src)) {
		way_block(
			y, leg->ns, "socket",
			&(struct way_end){ .code = "reply-lost", .object = world_netns_title(y->w, leg->ns) },
			"the reply ends at %s, and not at who waits for it", way_ip(y, p->dst));
	} else if (!ip_same(p->src, sent->dst) || !ports) {
		way_block(y, leg->ns, "socket",
			  &(struct way_end){ .code = "reply-source", .object = way_ip(y, p->src) },
			  "the reply comes from %s port %u, and not from whom was asked", way_ip(y, p->src),
			  p->sport);
	}
	if (!y->ended)
		way_hop(y, leg->ns, leg->outside ? "outside" : "socket", way_ip(y, p->dst), NULL,
			"the reply is here");
}

/* A reply that cannot find its way from the outside to an address of the inside. */
static void blame_masquerade(struct way *y, const struct world_netns *answers, const struct packet *there)
{
	struct walk *out = y->out;

	if (out->verdict == WALK_BLOCKED && y->left_by_default && out->netns == answers->inode &&
	    !answers->is_host && is_private(there->src) && y->sender != y->origin)
		out->code = "masquerade-missing";
}

static void walk_back(struct way *y, struct leg *leg, const struct packet *sent)
{
	struct packet there = leg->p;
	const struct world_netns *answers = leg->ns;

	y->is_reply = true;
	turn(&leg->p, &y->question);
	if (leg->outside) {
		enter(y, leg);
	} else {
		leg->in = NULL;
		leg->at_end = false;
	}
	if (!y->ended)
		host_go(y, leg);
	if (y->ended)
		blame_masquerade(y, answers, &there);
	else
		check_reply(y, leg, sent);
}

/* TCP's handshake is over when a third packet has come, and rules can tell that and what follows from the first two: by
 * its state and flags. All else is as before, so it is not asked where there was no rule. */
static void go_on(struct way *y, const struct leg *first, const struct packet *sent)
{
	size_t n_hops = y->out->n_hops;
	struct leg leg = *first;

	leg.p.src = sent->src;
	leg.p.tcp_flags = TH_ACK;
	leg.p.length = tcp_length(TH_ACK);
	y->is_reply = false;
	way_hop(y, leg.ns, "socket", way_ip(y, sent->dst), NULL, "the connection stands; what follows on it");
	host_go(y, &leg);
	if (!y->ended)
		walk_back(y, &leg, sent);
	if (!y->ended)
		y->out->n_hops = n_hops;
}

static struct packet packet_of(const struct walk_packet *p)
{
	struct packet out = {
		.known = PACKET_MARK | PACKET_LENGTH | PACKET_TTL | PACKET_TOS | PACKET_TYPE |
			 PACKET_TCP_FLAGS | PACKET_ICMP | PACKET_CT | PACKET_CT_MARK | PACKET_PRIORITY,
		.src = p->src,
		.dst = p->dst,
		.proto = p->proto,
		.sport = p->sport ? p->sport : 40000,
		.dport = p->dport,
		.icmp_type = p->icmp_type,
		.tcp_flags = TH_SYN,
		.ttl = 64,
		.length = length_of(p),
		.mark = p->mark,
		.ethertype = p->dst.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP,
	};

	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		out.sport = out.dport = 0;
	else if (p->sport)
		out.known |= PACKET_SPORT;
	if (!out.icmp_type)
		out.icmp_type = p->proto == IPPROTO_ICMPV6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	out.dst.len = (uint8_t)(ip_size(out.dst) * 8);
	out.src.len = (uint8_t)(ip_size(out.src) * 8);
	fib_answers(&out);
	return out;
}

/* When the machine was as it is: "2026-11-29T05:00:00Z". */
static bool time_of(const struct world *w, int64_t *seconds)
{
	struct tm tm = { 0 };
	const char *rest = w->taken ? strptime(w->taken, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;

	*seconds = rest ? timegm(&tm) : 0;
	return rest && !*rest;
}

/* A machine without net_cls has one class for all; which machine that is, its processes tell. */
static bool has_one_class(const struct world *w)
{
	for (size_t i = 0; i < w->n_processes; i++)
		for (size_t k = 0; k < w->processes[i].n_cgroups; k++)
			if (strstr(w->processes[i].cgroups[k].hierarchy, "net_cls"))
				return false;
	return w->n_processes;
}

static bool begin(struct way *y, const struct walk_packet *q, struct leg *leg)
{
	leg->ns = world_netns_of(y->w, q->netns);
	if (!leg->ns) {
		way_unknown(y, NULL, "socket", NULL, "the namespace that it comes from could not be read");
		return false;
	}
	y->origin = leg->ns;
	leg->p = packet_of(q);
	if (time_of(y->w, &leg->p.seconds))
		leg->p.known |= PACKET_TIME;
	if (has_one_class(y->w))
		leg->p.known |= PACKET_CLASSID;
	if (!q->iif)
		return true;
	leg->in = world_link_named(leg->ns, q->iif);
	if (!leg->in) {
		way_unknown(y, leg->ns, "link", q->iif, "there is no link %s", q->iif);
		return false;
	}
	way_hop(y, leg->ns, "outside", leg->in->name, NULL, "%s comes in by %s", way_ip(y, q->src),
		leg->in->name);
	return true;
}

/* Was there a choice on the way? */
static bool walk_once(const struct world *w, const struct walk_packet *p, bool takes_last, struct arena *a,
		      struct walk *out)
{
	struct way y = { .w = w, .a = a, .out = out, .question = *p, .takes_last = takes_last };
	struct leg leg = { 0 }, first;
	struct packet sent;

	*out = (struct walk){ .verdict = WALK_ARRIVES };
	if (!begin(&y, p, &leg))
		return y.had_choice;
	first = leg;
	sent = leg.p;
	host_go(&y, &leg);
	if (y.ended) {
		/* whom it was for, behind the first NAT */
		out->dst = y.n_conns ? y.conns[0]->conn.reply.src : sent.dst;
		return y.had_choice;
	}
	out->src = leg.p.src;
	out->dst = leg.p.dst;
	if (leg.outside ? !outside_answers(&y, &leg) : !socket_takes(&y, leg.ns, leg.in, &leg.p))
		return y.had_choice;
	/* the source that the kernel chose is in the first hop's connection */
	if (!ip_is(sent.src) && y.n_conns)
		sent.src = y.conns[0]->conn.orig.src;
	walk_back(&y, &leg, &sent);
	if (!y.ended && y.was_filtered && p->proto == IPPROTO_TCP)
		go_on(&y, &first, &sent);
	return y.had_choice;
}

void walk(const struct world *w, const struct walk_packet *p, struct arena *a, struct walk *out)
{
	struct walk other;

	if (!walk_once(w, p, false, a, out))
		return;
	walk_once(w, p, true, a, &other);
	if (other.verdict == out->verdict && (other.verdict != WALK_BLOCKED || str_eq(other.code, out->code)))
		return;
	*out = other.verdict == WALK_BLOCKED ? other : *out;
	out->verdict = WALK_UNKNOWN;
	out->code = NULL;
	out->reason = "two links answer for one address, and it depends on which answer is first";
}

const char *walk_verdict_name(enum walk_verdict v)
{
	static const char *const names[] = { "arrives", "blocked", "unknown" };

	return names[v];
}
