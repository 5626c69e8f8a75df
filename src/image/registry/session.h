/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/registry/http.h"
#include "spec/image/auth.h"

/*
 * One repository of one registry, by the OCI distribution specification 1.1: where its server is, who one is there, and
 * trying again.
 *
 * Theory of operation. session_open() asks for /v2/, with TLS, and on the loopback, or of a registry that is said to be
 * insecure, without it where nobody speaks TLS; it learns by what one logs in. Whatever is asked then may be answered with
 * 401: the token is renewed and it is asked again, also in the middle of a pull. What fails for a time (the connection, 429,
 * 5xx) is tried five times, after half a second, one, two and four, or when Retry-After says, but after a minute at most. But
 * one that cannot be connected to, and has never answered, is not there.
 */
enum { SESSION_TRIES = 5 };

/* What a person says. */
struct session_options {
	const char *creds, *authfile, *cert_dir; /* NULL: not said */
	bool lax;                                /* --tls-verify=false, or an insecure registry */
};

struct session {
	struct arena *arena;
	struct http *http;  /* the caller's */
	struct http *aside; /* for tokens, while transfers of the other one are under way */
	struct session_options options;
	struct reference name; /* with a domain */
	const char *actions;   /* on it: "pull", "pull,push" */
	const char *from;      /* another repository there, which blobs are mounted from; NULL */
	unsigned tries;
	/* the rest is found out */
	struct trust trust;  /* of itself */
	struct trust others; /* where it leads to: they are shown no certificate that is for it */
	const char *server;  /* "https://HOST:PORT" */
	struct auth login;
	struct auth_challenge challenge;
	const char *authorization; /* NULL: none is wanted */
	unsigned turn;             /* how many there were */
	bool met;                  /* it has answered once */
	unsigned stall;            /* of requests that do not say one; $GUISE_REGISTRY_STALL */
};

/* What is above the line is filled in, but for `aside`. -errno: "registry-unreachable", "registry-certificate",
 * "registry-login", "registry-denied", "registry-busy", "registry-failed"; of credentials.h and trust.h. The caller closes it in
 * any case. */
int session_open(struct session *s, struct err *e);
void session_close(struct session *s);

/* "https://HOST:PORT/v2/PATH/" and the rest. */
[[gnu::format(printf, 2, 3)]] const char *session_url(struct session *s, const char *rest, ...);

/* Ask `what`, "fetch the manifest of NAME", and wait for an answer that counts: of a status that need not be a good one. *t: the caller ends it. A request's
 * trust and authorization are filled in here. */
int session_ask(struct session *s, const char *what, struct http_request *q, struct http_transfer **t,
		struct err *e);

/* An answer that is none that it could be: e says why. Returns -errno. */
int session_failed(const struct session *s, const struct http_transfer *t, const char *what, struct err *e);

/* ---- for those who ask several things at a time ---- */

/* One thing that is asked, again and again. */
struct attempt {
	const char *what; /* for messages: "fetch the manifest of NAME" */
	unsigned tries;   /* that have failed */
	unsigned renewed; /* times that a token did not help */
	unsigned turn;    /* of the authorization that it was asked with */
	uint64_t when;    /* not before; milliseconds of CLOCK_MONOTONIC */
};

struct http_transfer *session_start(struct session *s, struct attempt *a, struct http_request *q);

/* Is it to be asked once more, and when? False: it was tried often enough. */
bool session_again(const struct session *s, struct attempt *a, const struct http_transfer *t);

/* It is over: with an answer that counts, or to be asked again (a->when says when), or, e filled, failed. */
enum attempt_end { ATTEMPT_ANSWERED, ATTEMPT_AGAIN, ATTEMPT_FAILED };
enum attempt_end session_judge(struct session *s, struct attempt *a, const struct http_transfer *t,
			       struct err *e);

/* Start it, wait for its end, and for the time when it may be asked again. *t is the caller's. -errno: it failed. */
int session_once(struct session *s, struct attempt *a, struct http_request *q, struct http_transfer **t,
		 enum attempt_end *end, struct err *e);

/* Whom to believe there, and what to show. */
const struct trust *session_trust(const struct session *s, const char *url);

uint64_t session_now(void);

/* ---- session_login.c ---- */

/* Another Authorization, by what the answer of 401 wants, or what was wanted before (t NULL). */
int session_login(struct session *s, const struct http_transfer *t, struct err *e);
