/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Questions by UDP. One that is passed on has a socket of its own, whose port the kernel chooses, and a
 * number of its own: who wants to forge an answer has to guess both, and the name server's address. What
 * comes back is as it was sent, also that it was cut (the client then comes by TCP).
 */
#include "cmd/dns/server.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

/* Who is full gets no more than so many questions read at a time. */
enum { BURST = 32 };

static uint8_t message[DNS_TCP];

static void send_back(const struct listener *l, const union address *client, const uint8_t *p, size_t len)
{
	(void)!sendto(l->udp.fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL, &client->any,
		      server_address_size(client));
}

static void give_up(struct pending *p)
{
	server_close(&p->up);
	p->slot.until = NEVER;
}

static void fail(struct pending *p)
{
	struct dns_query q = { .end = p->end };
	uint8_t answer[DNS_UDP];

	dns_set_id(p->query, p->id);
	send_back(p->from, &p->client, answer, dns_fail(answer, p->query, &q, DNS_SERVFAIL));
	give_up(p);
}

/* How many times others are asked before it has failed: each twice. */
static unsigned most(const struct server *s)
{
	return 2 * (unsigned)s->n_forwards;
}

static int ask(struct server *s, struct pending *p)
{
	const union address up = server_address(s->forwards[p->asked++ % s->n_forwards]);
	uint16_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	dns_set_id(p->query, id);
	server_close(&p->up);
	p->up.fd = socket(up.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->up.fd < 0 || connect(p->up.fd, &up.any, server_address_size(&up)) < 0 ||
	    send(p->up.fd, p->query, p->len, MSG_NOSIGNAL) < 0)
		return -errno;
	p->slot.until = server_now() + ASK_MS;
	return server_watch(s, &p->up, EPOLLIN);
}

static void ask_next(struct server *s, struct pending *p)
{
	while (p->asked < most(s))
		if (ask(s, p) == 0)
			return;
	fail(p);
}

/* 1: it is the answer; 0: nothing yet; -1: this one has none. */
static int take_reply(const struct server *s, struct pending *p)
{
	ssize_t n = recv(p->up.fd, message, sizeof(message), MSG_DONTWAIT);
	int code;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (!dns_is_reply(message, (size_t)n, p->query, p->end))
		return 0;
	code = dns_code(message);
	if ((code == DNS_SERVFAIL || code == DNS_REFUSED) && p->asked < s->n_forwards)
		return -1;
	dns_set_id(message, p->id);
	send_back(p->from, &p->client, message, (size_t)n);
	return 1;
}

static void reply_ready(struct server *s, struct source *up)
{
	struct pending *p = (struct pending *)((char *)up - offsetof(struct pending, up));
	int r = take_reply(s, p);

	if (r > 0)
		give_up(p);
	else if (r < 0)
		ask_next(s, p);
}

/* Its time begins. Whose slot that was is told that it failed. */
static struct pending *take_slot(struct server *s, struct ip who)
{
	struct slot *slot = slot_for(&s->questions, who);
	struct pending *p = (struct pending *)((char *)slot - offsetof(struct pending, slot));
	int64_t now = server_now();

	if (slot->until != NEVER)
		fail(p);
	*slot = (struct slot){ .since = now, .until = now, .who = who };
	return p;
}

static void pass_on(struct server *s, struct listener *l, const union address *client, const uint8_t *query,
		    size_t len, const struct dns_query *q)
{
	uint8_t answer[DNS_UDP];
	struct pending *p;

	if (!s->n_forwards) {
		send_back(l, client, answer, dns_fail(answer, query, q, DNS_NXDOMAIN));
		return;
	}
	p = take_slot(s, server_ip(client));
	p->up = (struct source){ -1, reply_ready };
	p->asked = 0;
	p->from = l;
	p->client = *client;
	p->id = dns_id(query);
	p->len = len;
	p->end = q->end;
	memcpy(p->query, query, len);
	ask_next(s, p);
}

/* false: there is none */
static bool take_query(struct server *s, struct listener *l)
{
	union address client = { 0 };
	socklen_t size = sizeof(client);
	uint8_t query[DNS_UDP + 1];
	ssize_t len = recvfrom(l->udp.fd, query, sizeof(query), MSG_DONTWAIT, &client.any, &size);
	struct dns_query q;
	int n;

	if (len < 0)
		return errno == EINTR || errno == ECONNREFUSED;
	if (len > DNS_UDP || !server_serves(l, &client))
		return true;
	n = zone_answer(&s->zone, s->subnets, s->n_listeners, query, (size_t)len, true, &q, message);
	if (n > 0)
		send_back(l, &client, message, (size_t)n);
	else if (n == 0)
		pass_on(s, l, &client, query, (size_t)len, &q);
	return true;
}

void forward_ready(struct server *s, struct source *udp)
{
	struct listener *l = (struct listener *)((char *)udp - offsetof(struct listener, udp));

	for (int i = 0; i < BURST && take_query(s, l); i++)
		;
}

void forward_late(struct server *s, int64_t now)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (s->pending[i].slot.until != NEVER && s->pending[i].slot.until <= now)
			ask_next(s, &s->pending[i]);
}
