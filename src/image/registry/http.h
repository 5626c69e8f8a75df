/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "image/registry/trust.h"

/*
 * Requests over HTTP, with libcurl: several at a time in one thread, over connections that are kept.
 *
 * Theory of operation. http_start() begins a transfer; http_drive() goes on with all of them, and returns when something may
 * have happened; transfer->done says that it is over, and the answer how. A redirect is followed here, and each step of it is
 * looked at (http_url.c); whoever it leads to is not shown the Authorization that was meant for somebody else.
 *
 * Everything that comes is a stranger's: the header is bounded, a body goes piece by piece to who takes it, or is kept up to
 * a bound. A transfer of which nothing comes for HTTP_STALL seconds is cut.
 */
enum { HTTP_STALL = 30, HTTP_STALL_ANSWER = 300, HTTP_HOPS_MAX = 10, HTTP_HEADER_MAX = 256 * 1024 };

struct http;
struct http_answer;
struct http_parts;

struct http_request {
	const char *method, *url;
	const char *authorization; /* the header's value; NULL: none */
	const char *accept, *content_type, *content_range;
	const struct trust *trust;
	uint64_t from;  /* of the resource, all from this byte on: Range; 0: all of it */
	unsigned stall; /* seconds; 0: HTTP_STALL */
	/* what is sent: text, or `send` bytes of the descriptor from offset `body_from` on */
	const char *body;
	int body_fd; /* looked at where send_file is */
	bool send_file;
	uint64_t body_from, send;
	void (*gave)(void *arg, uint64_t bytes); /* so much of it has gone so far; or NULL */
	/* who takes the body of a good answer: 0, or anything else to end it; NULL: the answer's text */
	int (*take)(void *arg, const struct http_answer *answer, const void *data, size_t len);
	void *arg;
	size_t max; /* of the text: more ends it */
};

struct http_answer {
	int status;   /* of HTTP; 0: there was none */
	bool refused; /* the taker, or the bound, has ended it, or where it was led to is no place to go */
	const char *failure; /* what went wrong below HTTP; NULL: nothing */
	bool untrusted;      /* namely the certificate */
	bool no_tls;         /* or: what answers does not speak TLS */
	bool no_connection;  /* or: nobody answers at all */
	char *text;          /* NUL-terminated, never NULL: the body, of a bad answer the beginning of it */
	size_t len;
	const char *url; /* that answered, behind all redirects */
};

struct http_transfer {
	bool done;
	struct http_answer answer;
	/* the rest is http.c's */
	struct http_parts *parts;
};

/* NULL: libcurl cannot be used. */
struct http *http_new(void);
void http_free(struct http *h);

/* What the request points to lives as long as the transfer, which the caller ends. Never fails: what does is in the answer. */
struct http_transfer *http_start(struct http *h, const struct http_request *q);
/* NULL is fine. */
void http_end(struct http_transfer *t);

/* Go on for at most so many milliseconds, and return when a transfer is done, anything has come, the descriptor (-1: none)
 * is ready for `events` of poll(2), which is what it returns, or a signal came. */
bool http_drive(struct http *h, int fd, short events, int ms);

/* A header of the answer: NULL where there is none; of several the i-th. It lives till the next call, or http_end(). */
const char *http_header(const struct http_transfer *t, const char *name, size_t i);

/* ---- http_url.c ---- */

/* May one go on there: to nothing but HTTP, with TLS nowhere without it, and without TLS nowhere off the loopback? `lax`: to any
 * HTTP. */
bool http_may_follow(const char *from, const char *to, bool lax);

/* The same scheme, host and port? */
bool http_same_origin(const char *a, const char *b);

/* A reference of RFC 3986 as seen from base: NULL where it is none. */
const char *http_resolve(struct arena *a, const char *base, const char *reference);

/* With a parameter more in its query; the value is escaped. */
const char *http_with(struct arena *a, const char *url, const char *name, const char *value);

/* Is the host of HOST[:PORT], or of a URL, this machine's own loopback? */
bool http_is_loopback(const char *domain);
bool http_url_is_loopback(const char *url);
