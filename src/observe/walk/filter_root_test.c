/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The evaluation of rules against the kernel: a namespace that forwards between two others has a rule, packets are sent
 * through it, and each must come out, or not, and look, as filter_hook() says. Every rule is tried at every hook.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "observe/walk/filter.h"
#include "observe/world/rules.h"

enum { A, ROUTER, B, PLACES };
enum { ICMP_ECHO = 8, ICMP6_ECHO_REQUEST = 128, UDP_HEADER = 8 };
enum { IN4_UDP, IN4_TCP, IN4_ICMP, IN6_UDP, IN6_TCP, IN6_ICMP, SOCKETS };

/* Addresses: a 10.77.1.2, router 10.77.1.1 and 10.77.2.1, b 10.77.2.2 and .3; fd77:1::2 likewise. */
static int netns[PLACES], in[PLACES][SOCKETS];
static struct world_netns ns;
static struct world_link links[3];
static struct arena arena;
static uint16_t next_port = 40000;
static unsigned tried, unknown, wrong;

static bool shell(const char *fmt, ...)
{
	char command[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command) == 0;
}

static void enter(int place)
{
	assert_int_equal(setns(netns[place], CLONE_NEWNET), 0);
}

static int open_netns(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void open_sockets(int place)
{
	static const int protos[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP,
				      IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMPV6 };

	for (int i = 0; i < SOCKETS; i++) {
		in[place][i] = socket(i < IN6_UDP ? AF_INET : AF_INET6,
				      SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protos[i]);
		assert_true(in[place][i] >= 0);
	}
}

/* One side of the router: its namespace, cable, addresses, and neighbours without asking. */
static void make_side(int place, int n, const char *link)
{
	char other[16];

	snprintf(other, sizeof(other), "%s0", link);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	netns[place] = open_netns();
	enter(ROUTER);
	assert_true(shell(
		"ip link add %s address 02:00:00:00:0%d:01 type veth peer name %s address 02:00:00:00:0%d:02 &&"
		"ip link set %s netns /proc/%d/fd/%d && ip link set %s up &&"
		"ip addr add 10.77.%d.1/24 dev %s && ip addr add fd77:%d::1/64 dev %s nodad",
		link, n, other, n, other, (int)getpid(), netns[place], link, n, link, n, link));
	for (int host = 2; host < 4; host++)
		assert_true(shell("ip neigh add 10.77.%d.%d lladdr 02:00:00:00:0%d:02 dev %s;"
				  "ip neigh add fd77:%d::%d lladdr 02:00:00:00:0%d:02 dev %s",
				  n, host, n, link, n, host, n, link));
	enter(place);
	assert_true(shell("ip link set lo up; ip link set %s up; ip addr add 10.77.%d.2/24 dev %s;"
			  "ip addr add 10.77.%d.3/24 dev %s; ip addr add fd77:%d::2/64 dev %s nodad;"
			  "ip route add default via 10.77.%d.1; ip route add default via fd77:%d::1;"
			  "ip neigh add 10.77.%d.1 lladdr 02:00:00:00:0%d:01 dev %s;"
			  "ip neigh add fd77:%d::1 lladdr 02:00:00:00:0%d:01 dev %s",
			  other, n, other, n, other, n, other, n, n, n, n, other, n, n, other));
	open_sockets(place);
}

static void describe_link(struct world_link *link, const char *name, const char *mac)
{
	*link = (struct world_link){ .name = name, .mac = mac, .kind = mac ? "veth" : NULL };
	link->index = if_nametoindex(name);
	link->flags = IFF_UP | (mac ? 0 : IFF_LOOPBACK);
}

static int setup(void **state)
{
	static struct world_addr addrs[4];
	static const char *const texts[] = { "10.77.1.1/24", "10.77.2.1/24", "fd77:1::1/64", "fd77:2::1/64" };

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return -1;
	netns[ROUTER] = open_netns();
	make_side(A, 1, "gtra");
	make_side(B, 2, "gtrb");
	enter(ROUTER);
	open_sockets(ROUTER);
	if (!shell("ip link set lo up; echo 1 >/proc/sys/net/ipv4/ip_forward;"
		   "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"))
		return -1;
	describe_link(&links[0], "lo", NULL);
	describe_link(&links[1], "gtra", "02:00:00:00:01:01");
	describe_link(&links[2], "gtrb", "02:00:00:00:02:01");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ip_parse(texts[i], &addrs[i].ip), 0);
		addrs[i].link = links[1 + i % 2].index;
	}
	ns = (struct world_netns){ .links = links, .n_links = 3, .addrs = addrs, .n_addrs = 4 };
	return 0;
}

/* ---- what the walk would answer ---- */

static int side_of(struct ip ip)
{
	for (size_t i = 0; i < ns.n_addrs; i++) {
		struct ip net = ip_network(ns.addrs[i].ip);

		if (ip_overlap(net, ip))
			return ns.addrs[i].link == links[1].index ? A : B;
	}
	return -1;
}

static bool is_own(struct ip ip)
{
	for (size_t i = 0; i < ns.n_addrs; i++) {
		if (ip_same(ns.addrs[i].ip, ip))
			return true;
	}
	return ip.family == AF_INET && ip.bytes[0] == 127;
}

static int addr_type(void *arg, const struct world_netns *w, struct ip ip, int64_t link)
{
	if (!is_own(ip))
		return RTN_UNICAST;
	for (size_t i = 0; link && i < ns.n_addrs; i++) {
		if (ip_same(ns.addrs[i].ip, ip) && ns.addrs[i].link != link)
			return RTN_UNICAST;
	}
	return RTN_LOCAL;
}

static int64_t route_oif(void *arg, const struct world_netns *w, const struct packet_route *q, unsigned *type)
{
	int side = side_of(q->dst);

	*type = is_own(q->dst) ? RTN_LOCAL : RTN_UNICAST;
	return is_own(q->dst) ? links[0].index : side < 0 ? 0 : links[side == A ? 1 : 2].index;
}

/* ---- one packet ---- */

struct probe {
	const char *name;
	int from;
	const char *src, *dst;
	uint8_t proto;
	uint16_t dport;
};

static const struct probe probes[] = {
	{ "udp a to b", A, "10.77.1.2", "10.77.2.2", IPPROTO_UDP, 53 },
	{ "udp 4000 a to b", A, "10.77.1.3", "10.77.2.2", IPPROTO_UDP, 4000 },
	{ "tcp a to b", A, "10.77.1.2", "10.77.2.2", IPPROTO_TCP, 80 },
	{ "tcp 8080 a to b", A, "10.77.1.2", "10.77.2.3", IPPROTO_TCP, 8080 },
	{ "icmp a to b", A, "10.77.1.2", "10.77.2.2", IPPROTO_ICMP, 0 },
	{ "udp a to router", A, "10.77.1.2", "10.77.1.1", IPPROTO_UDP, 53 },
	{ "tcp a to router", A, "10.77.1.2", "10.77.2.1", IPPROTO_TCP, 80 },
	{ "icmp a to router", A, "10.77.1.3", "10.77.1.1", IPPROTO_ICMP, 0 },
	{ "udp router to b", ROUTER, "10.77.2.1", "10.77.2.2", IPPROTO_UDP, 53 },
	{ "tcp router to b", ROUTER, "10.77.2.1", "10.77.2.2", IPPROTO_TCP, 80 },
	{ "udp6 a to b", A, "fd77:1::2", "fd77:2::2", IPPROTO_UDP, 53 },
	{ "tcp6 a to b", A, "fd77:1::2", "fd77:2::2", IPPROTO_TCP, 80 },
	{ "icmp6 a to b", A, "fd77:1::2", "fd77:2::2", IPPROTO_ICMPV6, 0 },
	{ "udp6 a to router", A, "fd77:1::2", "fd77:1::1", IPPROTO_UDP, 53 },
	{ "tcp6 router to b", ROUTER, "fd77:2::1", "fd77:2::2", IPPROTO_TCP, 80 },
};

enum { PAYLOAD = 12 };

static uint16_t sum_of(uint32_t sum, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? b[i] : b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The transport's header with the token behind it; returns its length and where its checksum is. */
static size_t fill(const struct probe *p, uint16_t sport, uint16_t token, uint8_t *out, size_t *sum_at)
{
	size_t n = p->proto == IPPROTO_TCP ? sizeof(struct tcphdr) : (size_t)UDP_HEADER;
	uint16_t ports[2] = { htons(sport), htons(p->dport) };

	memset(out, 0, 64);
	*sum_at = p->proto == IPPROTO_TCP ? 16 : p->proto == IPPROTO_UDP ? 6 : 2;
	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6) {
		out[0] = p->proto == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
		memcpy(out + 4, ports, 2);
	} else {
		memcpy(out, ports, 4);
	}
	if (p->proto == IPPROTO_TCP) {
		out[12] = 5 << 4;
		out[13] = TH_SYN;
		out[14] = 16;
	}
	snprintf((char *)out + n, PAYLOAD, "token%05u", token);
	if (p->proto == IPPROTO_UDP)
		out[5] = n + PAYLOAD;
	return n + PAYLOAD;
}

/* Sums over the header that is made up for it, too (RFC 768, 8200). */
static void put_sum(const struct probe *p, struct ip src, struct ip dst, uint8_t *out, size_t n, size_t at)
{
	uint8_t pseudo[36] = { 0 };
	size_t size = ip_size(src);
	uint16_t sum;

	memcpy(pseudo, src.bytes, size);
	memcpy(pseudo + size, dst.bytes, size);
	pseudo[2 * size + 1] = p->proto;
	pseudo[2 * size + 3] = n;
	sum = p->proto == IPPROTO_ICMP ? 0 : (uint16_t)~sum_of(0, pseudo, sizeof(pseudo));
	sum = htons(sum_of(sum, out, n));
	memcpy(out + at, &sum, 2);
}

static void send_probe(const struct probe *p, struct ip src, struct ip dst, uint16_t sport, uint16_t token)
{
	uint8_t out[64];
	size_t at, n = fill(p, sport, token, out, &at);
	struct sockaddr_storage to = { 0 };
	struct sockaddr_in *to4 = (void *)&to;
	struct sockaddr_in6 *to6 = (void *)&to;

	put_sum(p, src, dst, out, n, at);
	enter(p->from);
	autoclose int fd = socket(src.family, SOCK_RAW | SOCK_CLOEXEC, p->proto);

	for (int i = 0; i < 2; i++) { /* first the source, then the destination */
		struct ip ip = i ? dst : src;

		to.ss_family = ip.family;
		memcpy(ip.family == AF_INET ? (void *)&to4->sin_addr : (void *)&to6->sin6_addr, ip.bytes,
		       ip_size(ip));
		if (i == 0)
			assert_int_equal(bind(fd, (void *)&to, sizeof(to)), 0);
	}
	sendto(fd, out, n, 0, (void *)&to, sizeof(to)); /* EPERM where it is dropped on its way out */
	enter(ROUTER);
}

/* Is the token in something that came? With the addresses that it has now. */
static bool take(int fd, int family, bool is_icmp, uint16_t number, struct packet *p)
{
	uint8_t buf[2048];
	char token[PAYLOAD];
	struct sockaddr_in6 from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n;
	bool found = false;

	snprintf(token, sizeof(token), "token%05u", number);
	while ((n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len)) > 0) {
		size_t skip = family == AF_INET ? (buf[0] & 15) * 4 : 0;

		/* not what answers an echo */
		if (found || !memmem(buf, n, token, strlen(token)) ||
		    (is_icmp && buf[skip] != ICMP_ECHO && buf[skip] != ICMP6_ECHO_REQUEST))
			continue;
		found = true;
		if (family == AF_INET) {
			p->src = ip_of(AF_INET, buf + 12, 4);
			p->dst = ip_of(AF_INET, buf + 16, 4);
			p->proto = buf[9];
		} else {
			p->src = ip_of(AF_INET6, &from.sin6_addr, 16);
		}
		p->sport = buf[skip] << 8 | buf[skip + 1];
		p->dport = buf[skip + 2] << 8 | buf[skip + 3];
	}
	return found;
}

/* Where it comes out, or -1. */
static int arrival(const struct probe *p, int family, uint16_t token, int wait, struct packet *seen)
{
	int kind = p->proto == IPPROTO_UDP ? 0 : p->proto == IPPROTO_TCP ? 1 : 2;
	int at = (family == AF_INET6 ? IN6_UDP : IN4_UDP) + kind;
	struct pollfd fds[PLACES];

	for (int place = 0; place < PLACES; place++)
		fds[place] = (struct pollfd){ .fd = in[place][at], .events = POLLIN };
	for (int i = 0; i < 4 && poll(fds, PLACES, wait) > 0; i++) {
		for (int place = 0; place < PLACES; place++) {
			if (take(fds[place].fd, family, kind == 2, token, seen))
				return place;
		}
	}
	return -1;
}

/* ---- the same by filter_hook() ---- */

static struct packet packet_of(const struct probe *p, uint16_t sport, struct packet_conn *conn)
{
	struct packet k = { .known = PACKET_MARK | PACKET_LENGTH | PACKET_MACS | PACKET_TYPE |
				     PACKET_TCP_FLAGS | PACKET_ICMP | PACKET_SPORT | PACKET_CT |
				     PACKET_CT_MARK | PACKET_TTL | PACKET_OWNER,
			    .proto = p->proto,
			    .fib = { addr_type, route_oif, NULL } };
	bool is_icmp = p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6;

	ip_parse(p->src, &k.src);
	ip_parse(p->dst, &k.dst);
	k.sport = is_icmp ? 0 : sport;
	k.dport = p->dport;
	k.icmp_type = p->proto == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	k.tcp_flags = TH_SYN;
	k.ttl = 64;
	k.length = (k.src.family == AF_INET ? 20 : 40) + (p->proto == IPPROTO_TCP ? 20 : 8) + PAYLOAD;
	memcpy(k.src_mac, (uint8_t[]){ 2, 0, 0, 0, 1, 2 }, 6);
	memcpy(k.dst_mac, (uint8_t[]){ 2, 0, 0, 0, 1, 1 }, 6);
	k.is_local = p->from == ROUTER;
	*conn = (struct packet_conn){ .orig = { k.src, k.dst, k.sport, k.dport },
				      .reply = { k.dst, k.src, k.dport, k.sport },
				      .state = PACKET_CT_NEW };
	k.conn = conn;
	return k;
}

static enum filter_verdict worse(enum filter_verdict a, enum filter_verdict b)
{
	return a == FILTER_ACCEPT ? b : b == FILTER_ACCEPT ? a : b == FILTER_UNKNOWN ? a : b;
}

static enum filter_verdict hook(unsigned h, struct packet *k, struct filter_result *last)
{
	struct filter_result r;

	filter_hook(&ns, k->src.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6, h, k, &arena, &r);
	if (r.verdict != FILTER_ACCEPT)
		*last = r;
	return r.verdict;
}

static const struct world_link *link_to(struct ip dst)
{
	return &links[side_of(dst) == A ? 1 : 2];
}

static int place_of(struct ip dst)
{
	return is_own(dst) ? ROUTER : side_of(dst);
}

static enum filter_verdict hook_of_link(unsigned h, struct packet *k, struct filter_result *last)
{
	struct filter_result r;

	filter_hook(&ns, NFPROTO_NETDEV, h, k, &arena, &r);
	if (r.verdict != FILTER_ACCEPT)
		*last = r;
	return r.verdict;
}

/* Comes in by a link; where to. */
static enum filter_verdict come_in(const struct world_link *link, struct packet *k,
				   struct filter_result *last, int *place)
{
	enum { INGRESS };
	enum filter_verdict v;

	k->in = link;
	k->out = NULL;
	v = hook_of_link(INGRESS, k, last);
	v = worse(v, hook(NF_INET_PRE_ROUTING, k, last));
	*place = place_of(k->dst);
	if (*place == ROUTER)
		return worse(v, hook(NF_INET_LOCAL_IN, k, last));
	k->out = link_to(k->dst);
	k->ttl--;
	return worse(v, hook(NF_INET_FORWARD, k, last));
}

/* Where it is to come out, -1 for nowhere, -2 for not known. */
static int predict(int from, struct packet *k, struct filter_result *last)
{
	enum { EGRESS = 1 };
	enum filter_verdict v;
	int place;

	if (from == ROUTER) {
		k->out = link_to(k->dst);
		v = hook(NF_INET_LOCAL_OUT, k, last);
		place = place_of(k->dst);
		k->out = place == ROUTER ? &links[0] : link_to(k->dst);
	} else {
		v = come_in(&links[from == A ? 1 : 2], k, last, &place);
	}
	if (place != ROUTER || from == ROUTER) {
		v = worse(v, hook(NF_INET_POST_ROUTING, k, last));
		v = worse(v, hook_of_link(EGRESS, k, last));
	}
	if (from == ROUTER && place == ROUTER)
		v = worse(v, come_in(&links[0], k, last, &place));
	return v == FILTER_UNKNOWN ? -2 : v == FILTER_ACCEPT ? place : -1;
}

static bool looks_same(const struct packet *seen, const struct packet *k)
{
	if (k->src.family == AF_INET6) /* a raw socket doesn't see the header */
		return ip_same(seen->src, k->src);
	return ip_same(seen->src, k->src) && ip_same(seen->dst, k->dst) &&
	       (k->proto == IPPROTO_ICMP || seen->dport == k->dport);
}

/* Is it as predicted? */
static bool check(const struct probe *p, const char *rule, int want, int is, const struct packet *seen,
		  const struct packet *k, const struct filter_result *last)
{
	char a[IP_TEXT], b[IP_TEXT], c[IP_TEXT], d[IP_TEXT];

	tried++;
	if (want == -2) {
		unknown++;
		return false;
	}
	if (want == is && (is < 0 || looks_same(seen, k)))
		return is >= 0;
	wrong++;
	print_error("%s\n  %s%s: comes out at %d (%s to %s port %u), was to at %d (%s to %s port %u) %s %s\n",
		    rule, p->name, k->conn->is_reply ? ", reply" : "", is, ip_text(seen->src, a),
		    ip_text(seen->dst, b), seen->dport, want, ip_text(k->src, c), ip_text(k->dst, d),
		    k->dport, last->rule ? last->rule : "", last->reason ? last->reason : "");
	return false;
}

/* What came is answered, by where it came to. */
static void try_reply(const struct probe *p, const char *rule, int from, struct packet *k,
		      const struct packet *seen)
{
	struct probe back = *p;
	struct packet r = *k, again = { 0 };
	struct filter_result last = { 0 };
	uint16_t token = next_port++;
	int want, is;

	back.from = from;
	back.dport = seen->sport;
	r.in = r.out = NULL;
	r.src = k->dst;
	r.dst = k->src;
	r.sport = k->dport;
	r.dport = seen->sport;
	r.ttl = 64;
	r.is_local = from == ROUTER;
	memcpy(r.src_mac, (uint8_t[]){ 2, 0, 0, 0, 2, 2 }, 6);
	memcpy(r.dst_mac, (uint8_t[]){ 2, 0, 0, 0, 2, 1 }, 6);
	r.conn->is_reply = true;
	r.conn->state = PACKET_CT_ESTABLISHED;
	struct ip src = r.src, dst = r.dst;

	want = predict(from, &r, &last);
	send_probe(&back, src, dst, k->dport, token);
	is = arrival(&back, src.family, token, want == -1 ? 1 : 50, &again);
	check(p, rule, want, is, &again, &r, &last);
}

static void try(const struct probe *p, const char *rule)
{
	struct packet_conn conn;
	struct filter_result last = { 0 };
	struct packet seen = { 0 }, k;
	uint16_t sport = next_port++;
	int want, is;

	k = packet_of(p, sport, &conn);
	struct ip src = k.src, dst = k.dst;

	want = predict(p->from, &k, &last);
	send_probe(p, src, dst, sport, sport);
	is = arrival(p, src.family, sport, want == -1 ? 1 : 50, &seen);
	if (check(p, rule, want, is, &seen, &k, &last) && p->proto == IPPROTO_UDP &&
	    !(p->from == ROUTER && is == ROUTER))
		try_reply(p, rule, is, &k, &seen);
}

static void read_rules(void)
{
	autoclose int netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	autoclose int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int raw6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int names = open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
	autoclose int names6 = open("/proc/thread-self/net/ip6_tables_names", O_RDONLY | O_CLOEXEC);
	struct rules_from from = { netfilter, raw, raw6, names, names6 };
	struct err e;

	assert_int_equal(rules_read_nft(&arena, &ns, &from, &e), 0);
	assert_int_equal(rules_read_xtables(&arena, &ns, &from, &e), 0);
}

static void try_all(const char *rule)
{
	read_rules();
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		try(&probes[i], rule);
	arena_free(&arena);
	arena = (struct arena){ 0 };
}

/* What was sent is printed at the end of a failed test: how many, and how many of them unknown. */
static void sum_up(void)
{
	print_message("# %u packets, %u of them not known, %u otherwise than the kernel\n", tried, unknown,
		      wrong);
	assert_true(tried > 0);
	assert_int_equal(wrong, 0);
}

static void refused(const char *program, const char *rule)
{
	print_error("%s doesn't take: %s\n", program, rule);
	wrong++;
}

/* ---- nf_tables ---- */

static const char *const nft_rules[] = {
	"drop",
	"accept",
	"reject",
	"counter log prefix \"x\" drop",
	"tcp dport 80 drop",
	"tcp dport != 80 drop",
	"tcp dport 79-81 drop",
	"tcp dport != 79-81 drop",
	"tcp dport > 80 drop",
	"tcp dport >= 80 drop",
	"tcp dport < 8080 drop",
	"tcp dport <= 8080 drop",
	"tcp dport { 22, 80 } drop",
	"tcp dport { 22, 79-90 } drop",
	"tcp dport != { 22, 79-90 } drop",
	"tcp flags syn drop",
	"tcp flags & (syn | ack) == syn drop",
	"tcp flags & (fin | syn | rst | ack) == ack drop",
	"tcp flags ! syn drop",
	"tcp sport 1024-65535 drop",
	"udp dport 53 drop",
	"udp dport { 53 } accept",
	"th dport 53 drop",
	"meta l4proto { tcp, udp } th dport 53 drop",
	"meta l4proto icmp drop",
	"meta l4proto { icmp, ipv6-icmp } drop",
	"meta nfproto ipv6 drop",
	"meta nfproto ipv4 tcp dport 80 drop",
	"meta protocol ip drop",
	"ip protocol udp drop",
	"ip6 nexthdr udp drop",
	"ip saddr 10.77.1.2 drop",
	"ip saddr 10.77.1.0/24 drop",
	"ip saddr 10.0.0.0/8 drop",
	"ip saddr 10.77.0.0/17 ip daddr 10.77.2.0/31 drop",
	"ip saddr != 10.77.1.2 drop",
	"ip daddr 10.77.2.2-10.77.2.9 drop",
	"ip daddr { 10.77.2.2, 10.77.1.1 } drop",
	"ip daddr { 10.77.2.0/25, 10.99.0.0/16 } drop",
	"ip daddr != { 10.77.2.0/30 } drop",
	"ip daddr . tcp dport { 10.77.2.2 . 80, 10.77.2.1 . 8080 } drop",
	"ip daddr . tcp dport { 10.77.2.0/24 . 70-90, 10.77.2.1 . 8080 } drop",
	"ip saddr . ip daddr . meta l4proto { 10.77.1.2 . 10.77.2.2 . udp } drop",
	"ip6 saddr fd77:1::/64 drop",
	"ip6 daddr fd77:2::2 tcp dport 80 drop",
	"ip6 daddr { fd77:2::/64, fd78::/16 } drop",
	"ip ttl 64 drop",
	"ip ttl < 64 drop",
	"ip6 hoplimit 63 drop",
	"ip length 40 drop",
	"ip length 52 drop",
	"meta length > 45 drop",
	"icmp type echo-request drop",
	"icmp type { echo-reply, destination-unreachable } drop",
	"icmp type echo-reply drop",
	"icmp code 0 drop",
	"icmpv6 type echo-request drop",
	"iifname \"gtra\" drop",
	"iifname \"gtr*\" drop",
	"iifname != \"gtra\" drop",
	"iifname { \"gtra\", \"gtrx\" } drop",
	"iifname { \"gtr*\", \"other\" } drop",
	"oifname \"gtrb\" drop",
	"oifname != \"gtrb\" drop",
	"iifname . oifname { \"gtra\" . \"gtrb\" } drop",
	"iif gtra drop",
	"oif gtrb drop",
	"iif lo accept",
	"iiftype ether drop",
	"iifname vmap { \"gtra\" : drop, \"gtrb\" : accept }",
	"tcp dport vmap { 80 : drop, 8080 : accept }",
	"tcp dport vmap { 1-100 : drop, 8080 : accept }",
	"ip saddr vmap { 10.77.1.0/25 : jump one, 10.77.2.0/24 : drop }",
	"ip protocol vmap { tcp : jump one, udp : goto one, icmp : drop } accept",
	"ct state new drop",
	"ct state established,related accept",
	"ct state { established, new } drop",
	"ct state invalid drop",
	"ct state untracked drop",
	"ct state != new drop",
	"ct state vmap { established : accept, related : accept, new : drop }",
	"ct direction original drop",
	"ct direction reply drop",
	"ct status dnat accept",
	"ct status snat drop",
	"ct original ip saddr 10.77.1.2 drop",
	"ct original ip daddr 10.77.2.0/24 drop",
	"ct reply ip saddr 10.77.2.2 drop",
	"ip protocol udp ct original proto-dst 53 drop",
	"ct protocol udp drop",
	"ct mark 0 drop",
	"ct mark set 5 ct mark 5 drop",
	"meta mark 0 drop",
	"meta mark set 0x12 meta mark and 0xf == 2 drop",
	"meta mark set 0x12 meta mark and 0xf == 3 drop",
	"meta mark set 0x12 ct mark set meta mark ct mark 0x12 drop",
	"meta mark set 0x0f meta mark set meta mark and 0x3 meta mark 3 drop",
	"meta mark set 1 meta mark set meta mark or 0x10 meta mark 0x11 drop",
	"meta mark set tcp dport map { 80 : 7, 8080 : 8 } meta mark 7 drop",
	"meta pkttype host drop",
	"meta pkttype { broadcast, multicast } drop",
	"meta skuid 0 drop",
	"meta skuid 1000-2000 drop",
	"meta skgid != 0 drop",
	"ether saddr 02:00:00:00:01:02 drop",
	"ether daddr 02:00:00:00:01:01 drop",
	"ether type ip drop",
	"fib daddr type local drop",
	"fib daddr type unicast drop",
	"fib daddr . iif type local drop",
	"fib saddr type local drop",
	"fib saddr . iif oif missing drop",
	"fib saddr . iif oif exists drop",
	"fib saddr oifname \"gtra\" drop",
	"jump one",
	"goto one",
	"jump two; drop",
	"jump deep; tcp dport 80 drop",
	"return; drop",
	"tcp dport 80 return; drop",
	"tcp dport @ports drop",
	"ip saddr @hosts drop",
	"ip saddr @nets accept; drop",
	"ip daddr . tcp dport @pairs drop",
	"ip6 saddr @hosts6 drop",
	"add @seen { ip saddr } drop",
	"update @seen { ip saddr counter } accept",
	"limit rate 1000/second counter",
	"tcp option maxseg size set 1400 drop",
	"ip frag-off & 0x1fff != 0 drop",
	"exthdr frag exists drop",
	"rt ip nexthop 10.77.2.2 counter",
	"notrack; ct state untracked drop",
	"@nh,72,8 17 drop",
	"@th,16,16 53 drop",
	"@th,16,16 & 0xfff0 == 0x30 drop",
	"ip dscp cs1 drop",
};

/* A ruleset with this rule as the one of a chain at that hook. */
static bool load_nft(const char *family, const char *type, const char *at, const char *priority,
		     const char *rule)
{
	char file[] = "/tmp/gtrules.XXXXXX";
	int fd = mkstemp(file);
	bool done;

	assert_true(fd >= 0);
	dprintf(fd,
		"flush ruleset\ntable %s t {\n"
		"set ports { type inet_service; elements = { 80, 22 }\n}\n"
		"set hosts { type ipv4_addr; elements = { 10.77.1.2 }\n}\n"
		"set nets { type ipv4_addr; flags interval; elements = { 10.77.1.0/31, 10.77.2.0/24 }\n}\n"
		"set hosts6 { type ipv6_addr; flags interval; elements = { fd77:1::/32 }\n}\n"
		"set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.77.2.2 . 80-90 }\n}\n"
		"set seen { type ipv4_addr; flags dynamic; timeout 1m; size 100;\n}\n"
		"chain one { tcp dport 80 drop; udp dport 53 return\n}\n"
		"chain two { tcp dport 80 accept; udp dport 53 goto one\n}\n"
		"chain deep { jump two\n jump one\n}\n"
		"chain c { type %s hook %s priority %s; policy accept;\n %s\n}\n}\n",
		family, type, at, priority, rule);
	close(fd);
	done = shell("nft -f %s 2>/dev/null", file);
	unlink(file);
	return done;
}

static void nft_rules_do_as_in_the_kernel(void **state)
{
	static const char *const hooks[] = { "prerouting", "input", "forward", "output", "postrouting" };
	char title[512];

	for (size_t i = 0; i < ARRAY_LEN(nft_rules); i++) {
		unsigned loaded = 0;

		for (size_t h = 0; h < ARRAY_LEN(hooks); h++) {
			if (!load_nft("inet", "filter", hooks[h], "0", nft_rules[i]))
				continue;
			loaded++;
			snprintf(title, sizeof(title), "%s: %s", hooks[h], nft_rules[i]);
			try_all(title);
		}
		if (!loaded)
			refused("nft", nft_rules[i]);
	}
	sum_up();
}

static const struct {
	const char *hooks, *rule;
} nat_rules[] = {
	{ "prerouting output", "tcp dport 80 dnat ip to 10.77.2.3" },
	{ "prerouting output", "udp dport 53 dnat ip to 10.77.2.3:5353" },
	{ "prerouting output", "meta l4proto tcp dnat ip to 10.77.2.3:81" },
	{ "prerouting", "ip daddr 10.77.1.1 udp dport 53 dnat to 10.77.2.2:5353" },
	{ "prerouting", "fib daddr type local tcp dport 80 dnat ip to 10.77.2.2:8080" },
	{ "prerouting", "dnat ip to udp dport map { 53 : 10.77.2.3, 4000 : 10.77.1.1 }" },
	{ "prerouting", "dnat ip to tcp dport map { 80 : 10.77.2.3 . 8080 }" },
	{ "prerouting", "udp dport 53 redirect to :5353" },
	{ "prerouting", "udp dport 4000 redirect" },
	{ "prerouting", "ip6 daddr fd77:2::2 udp dport 53 redirect to :5353" },
	{ "prerouting", "ip6 daddr fd77:1::1 udp dport 53 dnat to [fd77:2::2]:54" },
	{ "prerouting", "ip daddr 10.77.2.2 accept; dnat ip to 10.77.2.3" },
	{ "prerouting", "udp dport 53 dnat ip prefix to ip daddr map { 10.77.2.2/31 : 10.77.2.2/31 }" },
	{ "postrouting", "masquerade" },
	{ "postrouting", "oifname gtrb masquerade" },
	{ "postrouting", "oifname != gtrb masquerade" },
	{ "postrouting", "ip saddr 10.77.1.0/24 ip daddr != 10.77.1.0/24 masquerade" },
	{ "postrouting", "ip saddr 10.77.1.2 snat ip to 10.77.2.1" },
	{ "postrouting", "ip saddr 10.77.1.0/24 snat ip to ip saddr map { 10.77.1.2 : 10.77.2.1 }" },
	{ "postrouting", "ip6 saddr fd77:1::/64 masquerade" },
	{ "postrouting", "ip6 saddr fd77:1::2 snat to fd77:2::1" },
	{ "input", "ip saddr 10.77.1.2 snat ip to 10.77.1.3" },
};

static void nat_does_as_in_the_kernel(void **state)
{
	char title[512];

	for (size_t i = 0; i < ARRAY_LEN(nat_rules); i++) {
		char hooks[64], *next = hooks;

		snprintf(hooks, sizeof(hooks), "%s", nat_rules[i].hooks);
		for (char *h; (h = strsep(&next, " "));) {
			bool is_dst = h[0] == 'p' ? h[1] == 'r' : h[0] == 'o';

			if (!load_nft("inet", "nat", h, is_dst ? "-100" : "100", nat_rules[i].rule))
				refused("nft", nat_rules[i].rule);
			snprintf(title, sizeof(title), "nat %s: %s", h, nat_rules[i].rule);
			try_all(title);
		}
	}
	sum_up();
}

/* Whole rulesets, in which the order of chains matters. */
static const char *const rulesets[] = {
	/* what came first accepts: the second drops nevertheless */
	"table ip a { chain c { type filter hook forward priority 0; accept; }; };"
	"table inet b { chain c { type filter hook forward priority 5; tcp dport 80 drop; }; };",
	"table ip a { chain c { type filter hook forward priority 0; policy drop; udp dport 53 accept; }; };"
	"table ip6 a { chain c { type filter hook forward priority 0; policy drop; tcp dport 80 accept; }; };",
	/* connection tracking has not looked yet */
	"table ip a { chain c { type filter hook prerouting priority -300; ct state invalid drop; }; };",
	"table ip a { chain c { type filter hook prerouting priority -300; udp dport 53 notrack; };"
	"chain f { type filter hook forward priority 0; ct state untracked drop; }; };",
	"table ip a { chain c { type filter hook output priority -300; notrack; };"
	"chain f { type filter hook postrouting priority 0; ct state untracked drop; }; };",
	/* before and behind NAT */
	"table ip a { chain n { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.77.2.3:8080; };"
	"chain f { type filter hook prerouting priority -150; tcp dport 8080 drop; }; };",
	"table ip a { chain n { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.77.2.3:8080; };"
	"chain f { type filter hook prerouting priority 0; tcp dport 8080 drop; }; };",
	"table ip a { chain n { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.77.2.3:8080; };"
	"chain f { type filter hook forward priority 0; ct status dnat accept; drop; }; };",
	"table ip a { chain n { type nat hook prerouting priority -100; dnat to 10.77.2.3; };"
	"chain f { type filter hook forward priority 0; policy drop; ct original ip daddr 10.77.2.2 accept; }; };",
	"table ip a { chain n { type nat hook postrouting priority 100; masquerade; };"
	"chain f { type filter hook postrouting priority 200; ip saddr 10.77.2.1 drop; }; };",
	"table ip a { chain n { type nat hook postrouting priority 100; masquerade; };"
	"chain f { type filter hook postrouting priority 50; ip saddr 10.77.2.1 drop; }; };",
	/* two chains of NAT: the first that translates is the last */
	"table ip a { chain n { type nat hook prerouting priority -100; udp dport 53 dnat to 10.77.2.3; };"
	"chain m { type nat hook prerouting priority -90; dnat to 10.77.1.1; }; };",
	"table ip a { chain n { type nat hook prerouting priority -100; accept; };"
	"chain m { type nat hook prerouting priority -90; udp dport 53 dnat to 10.77.2.3; }; };",
	/* marks go with the packet, and with the connection */
	"table ip a { chain n { type filter hook prerouting priority -150; meta mark set 7; };"
	"chain f { type filter hook forward priority 0; meta mark 7 drop; }; };",
	"table ip a { chain n { type filter hook prerouting priority -150; ct mark set 7; };"
	"chain f { type filter hook postrouting priority 0; ct mark 7 ct direction reply drop; }; };",
	/* a stateful firewall */
	"table inet a { chain f { type filter hook forward priority 0; policy drop; ct state established,related accept;"
	"iifname gtra udp dport 53 accept; }; chain i { type filter hook input priority 0; policy drop;"
	"ct state vmap { established : accept, related : accept, invalid : drop }; udp dport 53 accept; }; };",
	/* on links */
	"table netdev a { chain c { type filter hook ingress device gtra priority 0; tcp dport 80 drop; }; };",
	"table netdev a { chain c { type filter hook ingress device gtra priority 0; ip saddr 10.77.1.2 udp dport 53 drop; }; };",
	"table netdev a { chain c { type filter hook egress device gtrb priority 0; ip daddr 10.77.2.2 drop; }; };",
	"table inet a { chain c { type filter hook ingress device gtra priority 0; ip6 nexthdr tcp drop; }; };",
	/* a table that sleeps */
	"table ip a { flags dormant; chain c { type filter hook forward priority 0; drop; }; };",
};

static void rulesets_do_as_in_the_kernel(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rulesets); i++) {
		if (!shell("nft 'flush ruleset; %s'", rulesets[i]))
			refused("nft", rulesets[i]);
		try_all(rulesets[i]);
	}
	sum_up();
}

/* ---- xtables ---- */

static const char *const xt_rules[] = {
	"-j DROP",
	"-j ACCEPT",
	"-j REJECT",
	"-p tcp -j DROP",
	"! -p tcp -j DROP",
	"-p udp --dport 53 -j DROP",
	"-p udp ! --dport 53 -j DROP",
	"-p tcp --dport 79:90 -j DROP",
	"-p tcp --sport 1024: -j DROP",
	"-p tcp --syn -j DROP",
	"-p tcp ! --syn -j DROP",
	"-p tcp --tcp-flags ALL ACK -j DROP",
	"-p tcp -m multiport --dports 22,80 -j DROP",
	"-p tcp -m multiport --dports 22,70:90,8080 -j DROP",
	"-p udp -m multiport ! --dports 22,53 -j DROP",
	"-p tcp -m multiport --ports 80,81 -j DROP",
	"-m conntrack --ctstate NEW -j DROP",
	"-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
	"-m conntrack ! --ctstate NEW -j DROP",
	"-m conntrack --ctstate INVALID -j DROP",
	"-m conntrack --ctstate DNAT -j DROP",
	"-m conntrack --ctdir ORIGINAL -j DROP",
	"-m conntrack --ctdir REPLY -j DROP",
	"-m conntrack --ctproto udp -j DROP",
	"-m conntrack --ctorigdstport 53 -p udp -j DROP",
	"-m conntrack --ctstatus NONE -j DROP",
	"-m state --state NEW -j DROP",
	"-m state --state ESTABLISHED -j DROP",
	"-m comment --comment \"a 'comment'\" -j DROP",
	"-m mark --mark 0 -j DROP",
	"-m mark ! --mark 0x1/0x1 -j DROP",
	"-m connmark --mark 0 -j DROP",
	"-m addrtype --dst-type LOCAL -j DROP",
	"-m addrtype ! --dst-type LOCAL -j DROP",
	"-m addrtype --src-type UNICAST -j DROP",
	"-m length --length 0:45 -j DROP",
	"-m pkttype --pkt-type unicast -j DROP",
	"-m pkttype --pkt-type broadcast -j DROP",
	"-m physdev --physdev-is-bridged -j DROP",
	"-m physdev ! --physdev-is-bridged -j DROP",
	"-m limit --limit 1000/s -m comment --comment x",
	"-m recent --name x --set -j DROP",
	"-m u32 --u32 0=1 -m comment --comment x",
	"-j LOG",
	"-g one",
	"-j one",
	"-j two",
	"-p tcp -j RETURN",
};

static const char *const xt4_rules[] = {
	"-s 10.77.1.2 -j DROP",
	"-s 10.77.0.0/16 -d 10.77.2.0/30 -j DROP",
	"! -s 10.77.1.2 -j DROP",
	"-d 10.77.2.2 -p udp -j DROP",
	"-p icmp -j DROP",
	"-p icmp --icmp-type echo-request -j DROP",
	"-p icmp --icmp-type 3 -j DROP",
	"-p icmp --icmp-type any -j DROP",
	"-m iprange --src-range 10.77.1.2-10.77.1.2 -j DROP",
	"-m iprange ! --dst-range 10.77.2.0-10.77.2.2 -j DROP",
	"-m conntrack --ctorigsrc 10.77.1.2 -j DROP",
	"-m conntrack --ctorigdst 10.77.2.0/24 -j DROP",
	"-m conntrack --ctreplsrc 10.77.2.2 -j DROP",
	"-m ttl --ttl-lt 64 -j DROP",
	"-f -j DROP",
	"! -f -p udp -j DROP",
};

static const char *const xt6_rules[] = {
	"-s fd77:1::/64 -j DROP",   "! -d fd77:2::2 -j DROP",
	"-p icmpv6 -j DROP",        "-p icmpv6 --icmpv6-type echo-request -j DROP",
	"-m hl --hl-eq 64 -j DROP", "-m iprange --src-range fd77:1::1-fd77:1::f -j DROP",
};

/* Whole sets of them: one line each, of "TABLE RULE". */
static const char *const xt_sets[] = {
	"filter -P FORWARD DROP\nfilter -A FORWARD -i gtra -p udp --dport 53 -j ACCEPT\n"
	"filter -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT",
	"filter -A FORWARD -i gtra -o gtrb -j DROP",
	"filter -A FORWARD ! -i gtra -j DROP",
	"filter -A FORWARD -i gtr+ -p tcp -j DROP",
	"filter -A FORWARD -o gtra -j DROP",
	"filter -A INPUT -i gtra -j REJECT",
	"filter -A OUTPUT -o gtrb -p tcp -j DROP",
	"filter -A OUTPUT -m owner --uid-owner 0 -j DROP",
	"filter -A OUTPUT -m owner ! --uid-owner 0 -j DROP",
	"filter -A FORWARD -m mac --mac-source 02:00:00:00:01:02 -j DROP",
	"raw -A PREROUTING -m rpfilter --invert -j DROP",
	"raw -A PREROUTING -m rpfilter -j DROP",
	"raw -A PREROUTING -p udp -j CT --notrack\nfilter -A FORWARD -m conntrack --ctstate UNTRACKED -j DROP",
	"mangle -A PREROUTING -j MARK --set-mark 5\nfilter -A FORWARD -m mark --mark 5 -j DROP",
	"mangle -A PREROUTING -j MARK --set-xmark 0x10/0xf0\nfilter -A FORWARD -m mark --mark 0x10/0xf0 -j DROP",
	"mangle -A PREROUTING -j CONNMARK --set-mark 5\nfilter -A FORWARD -m connmark --mark 5 -j DROP",
	"mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
	"nat -A POSTROUTING -o gtrb -j MASQUERADE",
	"nat -A POSTROUTING ! -o gtrb -j MASQUERADE",
	"nat -A PREROUTING -p udp --dport 53 -j REDIRECT --to-ports 5353",
	"nat -A PREROUTING -p udp --dport 53 -j ACCEPT\nnat -A PREROUTING -p udp -j REDIRECT --to-ports 5353",
};

static const char *const xt4_sets[] = {
	"nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.77.2.3:8080",
	"nat -A PREROUTING -m addrtype --dst-type LOCAL -p udp --dport 53 -j DNAT --to-destination 10.77.2.2:54\n"
	"filter -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT\nfilter -A FORWARD -j DROP",
	"nat -A OUTPUT -p udp -j DNAT --to-destination 10.77.2.3",
	"nat -A POSTROUTING -s 10.77.1.0/24 -j SNAT --to-source 10.77.2.1",
	"nat -A POSTROUTING -s 10.77.1.0/24 ! -d 10.77.1.0/24 -j MASQUERADE\n"
	"filter -A FORWARD -d 10.77.1.0/24 -o gtra -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	"filter -A FORWARD -s 10.77.1.0/24 -i gtra -j ACCEPT\nfilter -A FORWARD -j REJECT",
	"nat -A PREROUTING -p udp -d 10.77.2.2/31 -j NETMAP --to 10.77.2.2/31",
	"nat -A PREROUTING -d 10.77.1.1 -p udp -j NETMAP --to 10.77.2.2/32",
};

/* Empty tables, but for two chains; restoring takes one process for them all. */
static const char xt_empty[] = "*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\n:INPUT ACCEPT\n"
			       ":FORWARD ACCEPT\n:OUTPUT ACCEPT\n:one -\n:two -\n"
			       "-A one -p tcp --dport 80 -j DROP\n-A one -p udp -j RETURN\n"
			       "-A two -p tcp -g one\n-A two -p udp -j DROP\n";

static bool xt_load(const char *program, const char *rules)
{
	char command[64];
	FILE *f;

	snprintf(command, sizeof(command), "%s-restore -w 5", program);
	f = popen(command, "we");
	assert_non_null(f);
	fprintf(f, "%s%sCOMMIT\n", xt_empty, rules);
	return pclose(f) == 0;
}

static void try_xt_rules(const char *program, const char *const *rules, size_t n)
{
	char title[1024], text[2048];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "-A INPUT %s\n-A FORWARD %s\n-A OUTPUT %s\n", rules[i], rules[i],
			 rules[i]);
		if (!xt_load(program, text))
			refused(program, rules[i]);
		snprintf(title, sizeof(title), "%s %s", program, rules[i]);
		try_all(title);
	}
	xt_load(program, "");
}

static void try_xt_sets(const char *program, const char *const *sets, size_t n)
{
	char title[1024];

	for (size_t i = 0; i < n; i++) {
		char lines[1024], *next = lines;

		xt_load(program, "");
		snprintf(lines, sizeof(lines), "%s", sets[i]);
		for (char *line; (line = strsep(&next, "\n"));) {
			if (!shell("%s -w 5 -t %s", program, line))
				refused(program, line);
		}
		snprintf(title, sizeof(title), "%s %s", program, sets[i]);
		try_all(title);
	}
	xt_load(program, "");
}

static void xtables_do_as_in_the_kernel(void **state)
{
	static const char *const programs[] = { "iptables-legacy", "iptables-nft" };
	static const char *const programs6[] = { "ip6tables-legacy", "ip6tables-nft" };

	shell("nft flush ruleset");
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		try_xt_rules(programs[i], xt_rules, ARRAY_LEN(xt_rules));
		try_xt_rules(programs[i], xt4_rules, ARRAY_LEN(xt4_rules));
		try_xt_sets(programs[i], xt_sets, ARRAY_LEN(xt_sets));
		try_xt_sets(programs[i], xt4_sets, ARRAY_LEN(xt4_sets));
		try_xt_rules(programs6[i], xt_rules, ARRAY_LEN(xt_rules));
		try_xt_rules(programs6[i], xt6_rules, ARRAY_LEN(xt6_rules));
		try_xt_sets(programs6[i], xt_sets, ARRAY_LEN(xt_sets));
	}
	sum_up();
}

static int teardown(void **state)
{
	enter(ROUTER);
	shell("nft flush ruleset");
	tried = unknown = wrong = 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nft_rules_do_as_in_the_kernel, teardown),
		cmocka_unit_test_teardown(nat_does_as_in_the_kernel, teardown),
		cmocka_unit_test_teardown(rulesets_do_as_in_the_kernel, teardown),
		cmocka_unit_test_teardown(xtables_do_as_in_the_kernel, teardown),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
