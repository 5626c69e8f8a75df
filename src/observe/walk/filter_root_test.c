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
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "observe/walk/filter.h"
#include "observe/walk/filter_cases.h"
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
	struct packet k = { .seconds = time(NULL),
			    .known = PACKET_CLASSID | PACKET_PRIORITY | PACKET_TIME | PACKET_MARK |
				     PACKET_LENGTH | PACKET_MACS | PACKET_TYPE | PACKET_TCP_FLAGS |
				     PACKET_ICMP | PACKET_SPORT | PACKET_CT | PACKET_CT_MARK | PACKET_TTL |
				     PACKET_OWNER,
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
	assert_int_equal(rules_read_ipsets(&arena, &ns, &from, &e), 0);
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

/* ---- ipset ---- */

static void ipsets_do_as_in_the_kernel(void **state)
{
	static const char *const programs[] = { "iptables-legacy", "iptables-nft" };
	char title[512], rules[512];

	if (!shell("command -v ipset >/dev/null")) {
		skip();
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(programs) * ARRAY_LEN(ipsets); i++) {
		const char *program = programs[i % 2], *match = ipsets[i / 2].match;

		if (!shell("printf '%s\n' | ipset restore", ipsets[i / 2].set))
			continue; /* a type that this kernel doesn't have */
		snprintf(
			rules, sizeof(rules),
			"-A INPUT -m set --match-set s %s -j DROP\n-A FORWARD -m set --match-set s %s -j DROP\n"
			"-A OUTPUT -m set ! --match-set s %s -j DROP\n",
			match, match, match);
		if (!xt_load(program, rules))
			refused(program, rules);
		snprintf(title, sizeof(title), "%s %s %s", program, ipsets[i / 2].set, match);
		try_all(title);
		xt_load(program, "");
		shell("ipset destroy s; ipset destroy m 2>/dev/null");
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
		cmocka_unit_test_teardown(ipsets_do_as_in_the_kernel, teardown),
		cmocka_unit_test_teardown(xtables_do_as_in_the_kernel, teardown),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
