/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "cmd/dns/slot.h"
#include "kernel/net/ip.h"
#include "net/dns_process.h"
#include "net/zone.h"
#include "spec/dns.h"
#include "spec/network.h"

/*
 * guise-dns: the name server of one network. One thread, which waits in epoll_wait(2) alone, and allocates
 * nothing but for the zone.
 *
 *     question ──zone_answer()──▶ known: answered at once
 *                               ▶ else the host's name servers are asked, by the way that it came: UDP
 *                                 (forward.c), TCP (stream.c). Without any (--internal): NXDOMAIN, by
 *                                 which every C library is done; musl waits after all other failures
 *
 * Who asks is believed nothing: the sockets are bound to the bridge, and an address of another subnet is not
 * answered; nor is that address an identity. All that a question may take is one of a number of slots, until
 * a deadline, or until others need it (slot.h).
 */
enum {
	PENDING_MAX = 512,  /* questions that others were asked by UDP */
	STREAMS_MAX = 64,   /* connections of clients */
	PENDING_EACH = 128, /* and so many of one address */
	STREAMS_EACH = 16,
	ASK_MS = 2000,   /* one of the host's name servers has so long to answer */
	IDLE_MS = 10000, /* a connection on which nothing happens */
};

struct server;

/* What epoll tells of. */
struct source {
	int fd;
	void (*ready)(struct server *s, struct source *me);
};

/* One of the network's addresses. */
struct listener {
	struct source udp, tcp;
	struct ip at; /* with the length of its subnet */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* A question that was passed on: a socket of its own, so that its port is one that nobody can know. */
struct pending {
	struct slot slot;
	struct source up;
	unsigned asked; /* how many times others were asked */
	struct listener *from;
	union address client;
	uint16_t id; /* the client's */
	size_t len, end;
	uint8_t query[DNS_UDP];
};

enum stream_state { STREAM_ASKED, STREAM_PASSING, STREAM_WAITING, STREAM_ANSWERING };

/* A client's connection, and, while its question is passed on, one of ours. A message has its length before
 * it. */
struct stream {
	struct slot slot; /* since it entered its state */
	struct source client, up;
	enum stream_state state;
	unsigned asked;
	size_t have, sent;
	size_t end; /* of the query's question */
	uint8_t query[2 + DNS_UDP], answer[2 + DNS_TCP];
};

struct server {
	int epoll, dir;
	struct source watch; /* of the note of this process: net/dns_process.h */
	ino_t note;          /* that file */
	const char *bridge;
	struct listener listeners[NETWORK_SUBNETS];
	struct ip subnets[NETWORK_SUBNETS];
	size_t n_listeners;
	struct ip forwards[DNS_FORWARDS_MAX];
	size_t n_forwards;
	struct zone zone;
	struct pending pending[PENDING_MAX];
	struct stream streams[STREAMS_MAX];
	struct slots questions, connections; /* those of the two */
};

/* listen.c: the sockets of all listeners. */
int listen_open(struct server *s, struct err *e);

/* server.c */
int64_t server_now(void);                                                     /* milliseconds */
int server_watch(struct server *s, struct source *source, uint32_t events);   /* 0 or -errno */
void server_events(struct server *s, struct source *source, uint32_t events); /* others from now on */
void server_close(struct source *source);
union address server_address(struct ip ip); /* of port 53 there */
socklen_t server_address_size(const union address *address);
struct ip server_ip(const union address *address); /* none: of another family */
bool server_serves(const struct listener *l, const union address *client);
/* A note, and a wait for what comes: returns only on failure. */
int server_begin(struct server *s, struct err *e);
int server_run(struct server *s, struct err *e);

/* forward.c */
void forward_ready(struct server *s, struct source *udp);
void forward_late(struct server *s, int64_t now);

/* stream.c */
void stream_ready(struct server *s, struct source *tcp);
void stream_late(struct server *s, int64_t now);

/* confine.c: nothing but the network's directory is seen, and read, from now on, and nothing left to be
 * abused. */
int confine(int dir, struct err *e);
