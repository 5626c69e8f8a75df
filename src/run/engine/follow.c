/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/follow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/net/echo.h"
#include "kernel/net/nft.h"
#include "kernel/net/nftrace.h"
#include "kernel/net/skb_drop.h"
#include "kernel/process/visit.h"

enum { PLACES = 32, WAIT_MS = 1000, SETTLE_MS = 50, RULES_MAX = 200, REASONS_MAX = 16 };

struct place {
	const struct world_netns *ns;
	struct nftrace trace;
	bool is_on;
};

struct follow {
	const struct world *w;
	const struct walk_packet *p;
	const struct walk *walked;
	struct arena *a;
	struct trace_probe *out;
	struct place places[PLACES];
	size_t n_places;
	struct skb_drops drops;
	const struct place *place; /* whose events are read */
	int fd;
	uint16_t id; /* of the echo request, in network order */
	int r;
	struct err *e;
};

/* ---- in the namespaces ---- */

static int enter(const struct world_netns *ns, struct err *e)
{
	autoclose int fd = open(ns->path ? ns->path : "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, "netns-enter", errno, "open %s", ns->path);
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_set(e, "netns-enter", errno, "enter %s", ns->path);
	return 0;
}

static socklen_t address(struct ip ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	*out = (struct sockaddr_storage){ .ss_family = ip.family };
	if (ip.family == AF_INET) {
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip.bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip.bytes, 16);
	return sizeof(*v6);
}

/* Raw, for the range of groups that may have others is the namespace's own matter. */
static int open_socket(const struct walk_packet *p)
{
	bool is_echo = p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6;
	int kind = p->proto == IPPROTO_TCP ? SOCK_STREAM : is_echo ? SOCK_RAW : SOCK_DGRAM;

	return socket(p->dst.family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, p->proto);
}

static int send_it(const struct follow *f, int fd)
{
	uint8_t data[64] = { 0 };

	if (f->p->proto == IPPROTO_TCP)
		return 0;
	if (f->p->proto == IPPROTO_ICMP || f->p->proto == IPPROTO_ICMPV6)
		echo_request(f->p->dst.family, f->id, 0, data);
	return send(fd, data, sizeof(data), 0) < 0 ? -errno : 0;
}

/* What the kernel says at once is its verdict, too: there is no route. */
static void begin(struct follow *f)
{
	struct sockaddr_storage to, from;
	socklen_t n = address(f->p->dst, f->p->dport, &to), m = address(f->p->src, f->p->sport, &from);
	int r = 0;

	f->fd = open_socket(f->p);
	if (f->fd < 0) {
		f->r = err_set(f->e, "probe-socket", errno, "open a socket");
		return;
	}
	if (ip_is(f->p->src) && bind(f->fd, (void *)&from, m) < 0)
		r = errno;
	if (!r && connect(f->fd, (void *)&to, n) < 0 && errno != EINPROGRESS)
		r = errno;
	if (!r)
		r = -send_it(f, f->fd);
	if (r)
		f->out->refused = arena_strdup(f->a, strerror(r));
}

/* In the task that sends. That it can't be had is told, and no more. */
static void watch_drops(struct follow *f)
{
	struct err why = { 0 };
	char line[256];

	if (skb_drops_start(&f->drops, f->a, &why) < 0)
		f->out->no_reasons = arena_strdup(f->a, err_line(&why, line, sizeof(line)));
}

static void start(void *arg)
{
	struct follow *f = arg;

	for (size_t i = 0; i < f->n_places && !f->r; i++) {
		struct err ignored = { 0 };

		f->r = enter(f->places[i].ns, f->e);
		/* without nf_tables there is nothing to trace */
		f->places[i].is_on = !f->r && nftrace_start(&f->places[i].trace, f->p->proto, &ignored) == 0;
	}
	if (!f->r)
		f->r = enter(world_netns_of(f->w, f->p->netns), f->e);
	if (!f->r)
		watch_drops(f);
	if (!f->r)
		begin(f);
}

/* ---- what is told ---- */

static const char *verdict_text(uint32_t verdict)
{
	switch ((int32_t)verdict) {
	case NF_DROP:
		return "drop";
	case NF_ACCEPT:
		return "accept";
	case NF_QUEUE:
		return "queue";
	case NFT_CONTINUE:
		return "continue";
	case NFT_RETURN:
		return "return";
	case NFT_JUMP:
		return "jump";
	case NFT_GOTO:
		return "goto";
	default:
		return "other";
	}
}

/* Of the packet, or its reply: an address of the question is in it, or that to which it was translated. */
static bool is_ours(const struct follow *f, const struct nftrace_event *ev)
{
	const struct ip list[] = { f->p->dst, f->walked->dst };

	if (!ip_is(ev->src))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (ip_is(list[i]) && (ip_same(list[i], ev->src) || ip_same(list[i], ev->dst)))
			return true;
	return false;
}

static void take(const struct nftrace_event *ev, void *arg)
{
	struct follow *f = arg;
	struct trace_rule r = {
		.netns = world_netns_title(f->w, f->place->ns),
		.handle = ev->type == NFT_TRACETYPE_POLICY ? 0 : ev->handle,
		.verdict = verdict_text(ev->verdict),
		.is_drop = ev->verdict == NF_DROP,
	};

	if (!is_ours(f, ev) || ev->type == NFT_TRACETYPE_RETURN || f->out->n_rules >= RULES_MAX)
		return;
	r.chain = arena_printf(f->a, "%s %s %s", nft_family_name(ev->family), ev->table, ev->chain);
	arena_push(f->a, f->out->rules, f->out->n_rules, r);
}

static void read_traces(struct follow *f)
{
	for (size_t i = 0; i < f->n_places; i++) {
		f->place = &f->places[i];
		if (f->place->is_on)
			nftrace_read(&f->places[i].trace, take, f);
	}
}

/* Each once, in the order in which they came. */
static void take_reason(const char *reason, void *arg)
{
	struct follow *f = arg;

	for (size_t i = 0; i < f->out->reasons.n; i++)
		if (str_eq(f->out->reasons.v[i], reason))
			return;
	if (f->out->reasons.n < REASONS_MAX)
		strv_push(f->a, &f->out->reasons, reason);
}

static bool is_reply(const struct follow *f, const uint8_t *data, ssize_t n)
{
	bool is_echo = f->p->proto == IPPROTO_ICMP || f->p->proto == IPPROTO_ICMPV6;
	struct ip from;

	return n >= 0 && (!is_echo || echo_is_reply(f->p->dst.family, f->id, data, (size_t)n, &from));
}

/* Has it been decided? */
static bool look(struct follow *f)
{
	uint8_t data[2048];
	socklen_t n = sizeof(int);
	ssize_t got;
	int error = 0;

	getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error) {
		f->out->refused = arena_strdup(f->a, strerror(error));
		return true;
	}
	if (f->p->proto == IPPROTO_TCP)
		return f->out->is_answered = true;
	got = recv(f->fd, data, sizeof(data), 0);
	return f->out->is_answered = is_reply(f, data, got);
}

static void await(struct follow *f)
{
	struct pollfd poll_fd = { .fd = f->fd, .events = f->p->proto == IPPROTO_TCP ? POLLOUT : POLLIN };
	int64_t end = clock_ms() + WAIT_MS, left = WAIT_MS;

	while (!f->out->refused && left > 0 && poll(&poll_fd, 1, (int)left) > 0) {
		if (look(f))
			break;
		left = end - clock_ms();
	}
	/* the traces of the last hop are told behind the packet */
	poll(NULL, 0, SETTLE_MS);
	read_traces(f);
	if (!f->out->is_answered)
		skb_drops_read(&f->drops, f->a, take_reason, f);
}

/* ---- the door ---- */

static void add_place(struct follow *f, uint64_t inode)
{
	const struct world_netns *ns = world_netns_of(f->w, inode);

	for (size_t i = 0; i < f->n_places; i++)
		if (f->places[i].ns == ns)
			return;
	if (ns && f->n_places < PLACES)
		f->places[f->n_places++] = (struct place){ .ns = ns, .trace.nl = NETLINK_CLOSED };
}

int follow_packet(const struct world *w, const struct walk_packet *p, const struct walk *walked,
		  struct arena *a, struct trace_probe *out, struct err *e)
{
	struct follow f = { .w = w,
			    .p = p,
			    .walked = walked,
			    .a = a,
			    .out = out,
			    .fd = -1,
			    .drops = SKB_DROPS_CLOSED,
			    .id = htons((uint16_t)getpid()),
			    .e = e };
	int r;

	*out = (struct trace_probe){ .can_be_silent = p->proto == IPPROTO_UDP };
	if (p->iif)
		return err_set(e, "probe-outside", EINVAL, "send it"),
		       err_cause(e, "a packet from outside can't be sent from here");
	add_place(&f, p->netns);
	for (size_t i = 0; i < walked->n_hops; i++)
		add_place(&f, walked->hops[i].netns_inode);
	r = visit_call(start, &f);
	if (r < 0)
		err_set(e, "probe", -r, "enter the namespaces of the packet");
	else
		r = f.r;
	if (r == 0)
		await(&f);
	for (size_t i = 0; i < f.n_places; i++)
		nftrace_stop(&f.places[i].trace);
	skb_drops_stop(&f.drops);
	fd_close(&f.fd);
	return r;
}
