/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Questions by TCP, one after the other on a connection, each passed on by a connection of its own.
 *
 *     ASKED      its question is read              ──known──▶ ANSWERING
 *     PASSING    one of the host's name servers is connected to, and gets it
 *     WAITING    and its answer is read; one that fails is followed by the next
 *     ANSWERING  the answer is written             ──done──▶ ASKED
 */
#include "cmd/dns/server.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void end(struct stream *c)
{
	server_close(&c->client);
	server_close(&c->up);
	c->slot.until = NEVER;
}

static void enter(struct stream *c, enum stream_state state)
{
	c->state = state;
	c->have = c->sent = 0;
	c->slot.since = server_now();
	c->slot.until = c->slot.since +
			(state == STREAM_PASSING || state == STREAM_WAITING ? ASK_MS : IDLE_MS);
}

static size_t length_of(const uint8_t *message)
{
	return (size_t)(message[0] << 8 | message[1]);
}

static void set_length(uint8_t *message, size_t len)
{
	message[0] = (uint8_t)(len >> 8);
	message[1] = (uint8_t)len;
}

/* 1: the message is whole, of *have bytes with its length; 0: not yet; -1: it ends before, or is too long. */
static int read_message(int fd, uint8_t *message, size_t *have, size_t max)
{
	for (;;) {
		size_t whole = *have < 2 ? 2 : 2 + length_of(message);
		ssize_t n;

		if (whole > max)
			return -1;
		if (*have >= 2 && *have == whole)
			return 1;
		n = recv(fd, message + *have, whole - *have, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
		*have += (size_t)n;
	}
}

/* The same of one that is written. */
static int write_message(int fd, const uint8_t *message, size_t *sent)
{
	size_t whole = 2 + length_of(message);

	while (*sent < whole) {
		ssize_t n = send(fd, message + *sent, whole - *sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		*sent += (size_t)n;
	}
	return 1;
}

static void answer(struct server *s, struct stream *c, size_t len)
{
	server_close(&c->up);
	set_length(c->answer, len);
	enter(c, STREAM_ANSWERING);
	server_events(s, &c->client, EPOLLOUT);
}

static void answer_failed(struct server *s, struct stream *c, int code)
{
	struct dns_query q = { .end = c->end };

	answer(s, c, dns_fail(c->answer + 2, c->query + 2, &q, code));
}

/* ---- the host's name servers ---- */

static void up_ready(struct server *s, struct source *up);

static int ask(struct server *s, struct stream *c)
{
	const union address up = server_address(s->forwards[c->asked++]);

	server_close(&c->up);
	c->up = (struct source){ socket(up.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
				 up_ready };
	if (c->up.fd < 0 ||
	    (connect(c->up.fd, &up.any, server_address_size(&up)) < 0 && errno != EINPROGRESS))
		return -errno;
	enter(c, STREAM_PASSING);
	return server_watch(s, &c->up, EPOLLOUT);
}

static void ask_next(struct server *s, struct stream *c)
{
	while (c->asked < s->n_forwards)
		if (ask(s, c) == 0)
			return;
	answer_failed(s, c, s->n_forwards ? DNS_SERVFAIL : DNS_NXDOMAIN);
}

static void up_ready(struct server *s, struct source *up)
{
	struct stream *c = (struct stream *)((char *)up - offsetof(struct stream, up));
	int r;

	if (c->state == STREAM_PASSING) {
		r = write_message(up->fd, c->query, &c->sent);
		if (r > 0) {
			enter(c, STREAM_WAITING);
			server_events(s, up, EPOLLIN);
		}
	} else {
		r = read_message(up->fd, c->answer, &c->have, sizeof(c->answer));
		if (r > 0 && dns_is_reply(c->answer + 2, c->have - 2, c->query + 2, c->end))
			answer(s, c, c->have - 2);
		else if (r > 0)
			r = -1;
	}
	if (r < 0)
		ask_next(s, c);
}

/* ---- clients ---- */

static void take_query(struct server *s, struct stream *c)
{
	size_t len = length_of(c->query);
	struct dns_query q;
	int n = zone_answer(&s->zone, s->subnets, s->n_listeners, c->query + 2, len, false, &q,
			    c->answer + 2);

	c->end = q.end;
	c->asked = 0;
	if (n < 0) {
		end(c);
	} else if (n > 0) {
		answer(s, c, (size_t)n);
	} else {
		server_events(s, &c->client, 0); /* its end is told all the same */
		ask_next(s, c);
	}
}

static void client_ready(struct server *s, struct source *client)
{
	struct stream *c = (struct stream *)((char *)client - offsetof(struct stream, client));
	int r;

	if (c->state == STREAM_ASKED) {
		r = read_message(client->fd, c->query, &c->have, sizeof(c->query));
		if (r > 0)
			take_query(s, c);
	} else if (c->state == STREAM_ANSWERING) {
		r = write_message(client->fd, c->answer, &c->sent);
		if (r > 0) {
			enter(c, STREAM_ASKED);
			server_events(s, client, EPOLLIN);
		}
	} else {
		r = -1; /* it has gone */
	}
	if (r < 0)
		end(c);
}

/* Whoever has it is gone then. */
static struct stream *take_slot(struct server *s, struct ip who)
{
	struct slot *slot = slot_for(&s->connections, who);
	struct stream *c = (struct stream *)((char *)slot - offsetof(struct stream, slot));

	if (slot->until != NEVER)
		end(c);
	slot->who = who;
	return c;
}

void stream_ready(struct server *s, struct source *tcp)
{
	struct listener *l = (struct listener *)((char *)tcp - offsetof(struct listener, tcp));
	union address client = { 0 };
	socklen_t size = sizeof(client);
	int fd = accept4(tcp->fd, &client.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct stream *c = fd >= 0 && server_serves(l, &client) ? take_slot(s, server_ip(&client)) : NULL;

	if (fd < 0)
		return;
	if (!c) {
		close(fd);
		return;
	}
	c->client = (struct source){ fd, client_ready };
	c->up = (struct source){ -1, up_ready };
	enter(c, STREAM_ASKED);
	if (server_watch(s, &c->client, EPOLLIN) < 0)
		end(c);
}

void stream_late(struct server *s, int64_t now)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *c = &s->streams[i];

		if (c->slot.until == NEVER || c->slot.until > now)
			continue;
		if (c->state == STREAM_PASSING || c->state == STREAM_WAITING)
			ask_next(s, c);
		else
			end(c);
	}
}
