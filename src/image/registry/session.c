/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/session.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "image/registry/credentials.h"
#include "image/registry/retry.h"
#include "image/stop.h"
#include "spec/json.h"

enum { RENEW_MAX = 2, STATUS_WORDS = 160 };

uint64_t session_now(void)
{
	return (uint64_t)clock_ms();
}

/* ---- what an answer says ---- */

/* {"errors": [{"message": "..."}]} (distribution specification, "Error Codes"); "" where it says nothing. What a registry
 * says is a stranger's: err_line() makes one line of it. */
static const char *words_of(struct arena *a, const struct http_transfer *t)
{
	json_object *root = json_tokener_parse(t->answer.text), *list, *first, *message;
	const char *words = "";

	if (root && json_object_object_get_ex(root, "errors", &list) &&
	    json_object_is_type(list, json_type_array) && (first = json_object_array_get_idx(list, 0)) &&
	    json_object_object_get_ex(first, "message", &message))
		words = arena_printf(a, ": %.*s", STATUS_WORDS, json_object_get_string(message) ?: "");
	json_object_put(root);
	return words;
}

static int unreachable(const struct session *s, const struct http_answer *a, const char *what, struct err *e)
{
	if (a->untrusted) {
		err_set(e, "registry-certificate", EKEYREJECTED, "%s", what);
		err_cause(e, "%s: %s", s->server, a->failure);
		return err_hint(
			e,
			"its authority belongs into /etc/containers/certs.d/%s/ca.crt; --tls-verify=false believes anybody",
			s->name.domain);
	}
	err_set(e, a->refused ? "registry-failed" : "registry-unreachable",
		a->refused ? EPROTO : EHOSTUNREACH, "%s", what);
	err_cause(e, "%s: %s", s->server, a->failure);
	return a->no_tls ?
		       err_hint(e,
				"if it has no TLS: --tls-verify=false, or \"insecure\" in registries.json") :
		       -e->no;
}

int session_failed(const struct session *s, const struct http_transfer *t, const char *what, struct err *e)
{
	int status = t->answer.status;
	const char *words = words_of(s->arena, t);

	if (t->answer.failure)
		return unreachable(s, &t->answer, what, e);
	if (status == 401 || status == 403) {
		err_set(e, "registry-denied", EACCES, "%s", what);
		err_cause(e, "%s denies it%s", s->name.domain, words);
		return err_hint(e, "guise login %s", s->name.domain);
	}
	if (status == 404)
		return err_set(e, "registry-none", ENOENT, "%s", what),
		       err_cause(e, "%s has none%s", s->name.domain, words);
	if (status == 429)
		return err_set(e, "registry-busy", EBUSY, "%s", what),
		       err_cause(e, "%s wants fewer requests%s", s->name.domain, words),
		       err_hint(e, "try again later, or log in: guise login %s", s->name.domain);
	return err_set(e, "registry-failed", EPROTO, "%s", what),
	       err_cause(e, "%s answers %d%s", s->name.domain, status, words);
}

/* ---- trying again ---- */

static bool passes(const struct session *s, const struct http_answer *a)
{
	static const int statuses[] = { 408, 429, 500, 502, 503, 504 };

	if (a->failure)
		return !a->untrusted && !a->no_tls && !a->refused && (s->met || !a->no_connection);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (a->status == statuses[i])
			return true;
	/* where it led to is open for some time only */
	return (a->status == 401 || a->status == 403) && !http_same_origin(a->url, s->server);
}

static enum attempt_end renew(struct session *s, struct attempt *a, const struct http_transfer *t,
			      struct err *e)
{
	/* another one of those that ask has done it meanwhile */
	if (a->turn != s->turn)
		return ATTEMPT_AGAIN;
	if (a->renewed++ < RENEW_MAX)
		return session_login(s, t, e) < 0 ? ATTEMPT_FAILED : ATTEMPT_AGAIN;
	session_failed(s, t, a->what, e);
	return ATTEMPT_FAILED;
}

bool session_again(const struct session *s, struct attempt *a, const struct http_transfer *t)
{
	if (++a->tries >= s->tries)
		return false;
	a->when = session_now() + retry_wait(t->answer.failure ? NULL : http_header(t, "Retry-After", 0),
					     a->tries, time(NULL));
	return true;
}

enum attempt_end session_judge(struct session *s, struct attempt *a, const struct http_transfer *t,
			       struct err *e)
{
	const struct http_answer *answer = &t->answer;

	s->met = s->met || answer->status;
	if (answer->status == 401 && !answer->failure && s->aside && http_same_origin(answer->url, s->server))
		return renew(s, a, t, e);
	if (!passes(s, answer) && !answer->failure)
		return ATTEMPT_ANSWERED;
	if (passes(s, answer) && session_again(s, a, t))
		return ATTEMPT_AGAIN;
	session_failed(s, t, a->what, e);
	return ATTEMPT_FAILED;
}

const struct trust *session_trust(const struct session *s, const char *url)
{
	return http_same_origin(url, s->server) ? &s->trust : &s->others;
}

struct http_transfer *session_start(struct session *s, struct attempt *a, struct http_request *q)
{
	q->trust = session_trust(s, q->url);
	q->stall = q->stall ?: s->stall;
	q->authorization = http_same_origin(q->url, s->server) || !s->aside ? s->authorization : NULL;
	a->turn = s->turn;
	return http_start(s->http, q);
}

static int await(struct session *s, const struct http_transfer *t, uint64_t until, struct err *e)
{
	int r;

	while ((r = stop_check(e)) == 0 && (t ? !t->done : session_now() < until)) {
		uint64_t left = t ? 1000 : until - session_now();

		http_drive(s->http, -1, 0, left < 1000 ? (int)left : 1000);
	}
	return r;
}

int session_once(struct session *s, struct attempt *a, struct http_request *q, struct http_transfer **t,
		 enum attempt_end *end, struct err *e)
{
	*t = session_start(s, a, q);
	if (await(s, *t, 0, e) < 0) {
		http_end(*t);
		*t = NULL;
		return -e->no;
	}
	*end = session_judge(s, a, *t, e);
	if (*end == ATTEMPT_FAILED)
		return -e->no;
	return *end == ATTEMPT_AGAIN ? await(s, NULL, a->when, e) : 0;
}

int session_ask(struct session *s, const char *what, struct http_request *q, struct http_transfer **t,
		struct err *e)
{
	struct attempt a = { .what = what };
	enum attempt_end end;
	int r;

	while ((r = session_once(s, &a, q, t, &end, e)) == 0 && end == ATTEMPT_AGAIN) {
		http_end(*t);
		*t = NULL;
	}
	return r;
}

/* ---- the server ---- */

const char *session_url(struct session *s, const char *rest, ...)
{
	char *text;
	va_list ap;

	va_start(ap, rest);
	text = arena_vprintf(s->arena, rest, ap);
	va_end(ap);
	return arena_printf(s->arena, "%s/v2/%s/%s", s->server, s->name.path, text);
}

static const char *host_of(const struct session *s)
{
	return str_eq(s->name.domain, "docker.io") ? "registry-1.docker.io" : s->name.domain;
}

/* 0: it answers there; *plain: nobody speaks TLS, and it may do without. */
static int ping(struct session *s, const char *scheme, bool may_be_plain, bool *plain, struct err *e)
{
	struct http_request q = { .method = "GET", .max = 64 * 1024 };
	struct http_transfer *t;
	unsigned tries = s->tries;
	int r;

	s->server = arena_printf(s->arena, "%s://%s", scheme, host_of(s));
	q.url = arena_printf(s->arena, "%s/v2/", s->server);
	s->tries = may_be_plain ? 1 : tries;
	r = session_ask(s, arena_printf(s->arena, "ask registry %s", s->name.domain), &q, &t, e);
	s->tries = tries;
	*plain = r < 0 && may_be_plain && t && t->answer.failure && !t->answer.status && !t->answer.untrusted;
	http_end(t);
	if (*plain)
		*e = (struct err){ 0 };
	return *plain ? 0 : r;
}

/* $GUISE_REGISTRY_STALL; 0: as usual. */
static unsigned stall_given(void)
{
	const char *text = secure_getenv("GUISE_REGISTRY_STALL");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n <= 3600 ? (unsigned)n : 0;
}

int session_open(struct session *s, struct err *e)
{
	bool loopback = http_is_loopback(s->name.domain), plain;
	int r;

	s->trust = (struct trust){ .lax = s->options.lax };
	s->authorization = NULL;
	s->stall = stall_given();
	if (!(s->aside = http_new()))
		return err_set(e, "registry-unreachable", ENOSYS, "ask %s", s->name.domain),
		       err_cause(e, "libcurl can't be used");
	if ((r = trust_read(s->arena, s->name.domain, s->options.cert_dir, &s->trust, e)) < 0 ||
	    (r = credentials_find(s->arena, s->options.creds, s->options.authfile, &s->name, &s->login, e)) <
		    0)
		return r;
	s->others = s->trust;
	s->others.cert = s->others.key = NULL;
	r = ping(s, "https", s->trust.lax || loopback, &plain, e);
	if (r == 0 && plain)
		r = ping(s, "http", false, &plain, e);
	return r;
}

void session_close(struct session *s)
{
	http_free(s->aside);
	s->aside = NULL;
}
