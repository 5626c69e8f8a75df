/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dns/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/dns_process.h"

int64_t server_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is waited for ---- */

int server_watch(struct server *s, struct source *source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = source };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, source->fd, &ev) < 0 ? -errno : 0;
}

void server_events(struct server *s, struct source *source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = source };

	epoll_ctl(s->epoll, EPOLL_CTL_MOD, source->fd, &ev);
}

void server_close(struct source *source)
{
	fd_close(&source->fd);
}

/* ---- addresses ---- */

union address server_address(struct ip ip)
{
	union address a = { .any.sa_family = ip.family };

	if (ip.family == AF_INET6) {
		a.v6.sin6_port = htons(53);
		memcpy(&a.v6.sin6_addr, ip.bytes, 16);
	} else {
		a.v4.sin_port = htons(53);
		memcpy(&a.v4.sin_addr, ip.bytes, 4);
	}
	return a;
}

socklen_t server_address_size(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

struct ip server_ip(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? ip_of(AF_INET6, &address->v6.sin6_addr, 16) :
						    ip_of(AF_INET, &address->v4.sin_addr, 4);
}

bool server_serves(const struct listener *l, const union address *client)
{
	return ip_overlap(l->at, server_ip(client));
}

/* ---- the end ---- */

/* Whoever took the note of this process away wants it to end, and whoever has put another one in its place
 * has another process. */
static void watch_ready(struct server *s, struct source *me)
{
	struct stat st;
	char events[4096];

	if (read(me->fd, events, sizeof(events)) <= 0)
		return;
	if (fstatat(s->dir, DNS_PROCESS_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != s->note)
		exit(0);
}

static void free_all(struct server *s)
{
	s->questions = (struct slots){ .n = PENDING_MAX, .each = PENDING_EACH };
	for (size_t i = 0; i < PENDING_MAX; i++) {
		s->pending[i].slot.until = NEVER;
		s->questions.of[i] = &s->pending[i].slot;
	}
	s->connections = (struct slots){ .n = STREAMS_MAX, .each = STREAMS_EACH };
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		s->streams[i].slot.until = NEVER;
		s->connections.of[i] = &s->streams[i].slot;
	}
}

/* The working directory is the network's: main.c. */
int server_begin(struct server *s, struct err *e)
{
	struct stat st;

	free_all(s);
	s->watch = (struct source){ inotify_init1(IN_CLOEXEC | IN_NONBLOCK), watch_ready };
	if (s->watch.fd < 0 ||
	    inotify_add_watch(s->watch.fd, DNS_PROCESS_FILE, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF) < 0 ||
	    fstatat(s->dir, DNS_PROCESS_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (s->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 || server_watch(s, &s->watch, EPOLLIN) < 0)
		return err_set(e, "dns-server", errno, "watch the note of this process");
	s->note = st.st_ino;
	for (size_t i = 0; i < s->n_listeners; i++)
		if (server_watch(s, &s->listeners[i].udp, EPOLLIN) < 0 ||
		    server_watch(s, &s->listeners[i].tcp, EPOLLIN) < 0)
			return err_set(e, "dns-server", errno, "watch the sockets");
	return 0;
}

static int timeout_of(const struct server *s)
{
	int64_t a = slot_next(&s->questions), b = slot_next(&s->connections);
	int64_t next = a == NEVER || (b != NEVER && b < a) ? b : a;
	int64_t now = server_now();

	return next == NEVER ? -1 : next > now ? (int)(next - now) : 0;
}

/* One at a time: what one source does may close another, of which nothing more is to be told then. */
int server_run(struct server *s, struct err *e)
{
	for (;;) {
		struct epoll_event ev;
		int n = epoll_wait(s->epoll, &ev, 1, timeout_of(s));

		if (n < 0 && errno != EINTR)
			return err_set(e, "dns-server", errno, "wait for questions");
		if (n == 1) {
			struct source *source = ev.data.ptr;

			source->ready(s, source);
		}
		forward_late(s, server_now());
		stream_late(s, server_now());
	}
}
