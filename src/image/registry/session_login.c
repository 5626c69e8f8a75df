/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tokens: "Token Authentication Specification" and "OAuth2 Token Authentication" of github.com/distribution/distribution. */
#include <curl/curl.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "image/registry/session.h"
#include "spec/json.h"

enum { TOKEN_ANSWER_MAX = 1 << 20 };

static int denied(const struct session *s, const char *cause, struct err *e)
{
	bool known = s->login.user || s->login.token;

	err_set(e, "registry-login", EACCES, "log in at %s", s->name.domain);
	err_cause(e, "%s", cause);
	return err_hint(e, known ? "guise login %s with another user or password" : "guise login %s",
			s->name.domain);
}

static int unknown(const struct session *s, struct err *e)
{
	bool said = s->login.user || s->login.token;

	return denied(s, said ? "it knows no such user with that password" : "it wants a user and a password",
		      e);
}

/* ---- what is wanted ---- */

/* Of several headers the best. */
static void read_challenge(struct session *s, const struct http_transfer *t)
{
	const char *value;

	for (size_t i = 0; (value = http_header(t, "WWW-Authenticate", i)); i++) {
		struct auth_challenge c;

		auth_challenge(s->arena, value, &c);
		if (c.scheme && (!i || c.scheme >= s->challenge.scheme))
			s->challenge = c;
	}
}

static const char *add_scopes(const struct session *s, const char *url)
{
	if (s->name.path)
		url = http_with(s->arena, url, "scope",
				arena_printf(s->arena, "repository:%s:%s", s->name.path, s->actions));
	if (s->from)
		url = http_with(s->arena, url, "scope",
				arena_printf(s->arena, "repository:%s:pull", s->from));
	return url;
}

/* With an identity token it is a form, else a query: the words are the same. */
static const char *add_words(const struct session *s, const char *url)
{
	if (s->challenge.service)
		url = http_with(s->arena, url, "service", s->challenge.service);
	url = add_scopes(s, url);
	if (s->login.token) {
		url = http_with(s->arena, url, "grant_type", "refresh_token");
		url = http_with(s->arena, url, "client_id", "guise");
		return http_with(s->arena, url, "refresh_token", s->login.token);
	}
	return s->login.user ? http_with(s->arena, url, "account", s->login.user) : url;
}

/* ---- what is given ---- */

/* It becomes part of a header. */
static bool is_token(const char *text)
{
	if (!text || !*text)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static int take_token(struct session *s, const struct http_transfer *t, struct err *e)
{
	struct json_reader r = { .arena = s->arena, .file = "answer", .code = "registry-failed", .err = e };
	autojson struct json_object *root = json_parse(&r, t->answer.text, t->answer.len);
	const char *token;

	if (!root)
		return err_prefix(e, "log in at %s", s->name.domain);
	token = json_string(&r, root, "token") ?: json_string(&r, root, "access_token");
	if (json_result(&r) < 0)
		return err_prefix(e, "log in at %s", s->name.domain);
	if (!is_token(token))
		return denied(s, "what it gives is no token", e);
	s->authorization = arena_printf(s->arena, "Bearer %s", token);
	return 0;
}

/* The realm is whatever the registry says: but never, for one with TLS, a place without. */
static int fetch_token(struct session *s, struct err *e)
{
	const char *realm = s->challenge.realm, *words;
	const char *what = arena_printf(s->arena, "log in at %s", s->name.domain);
	struct http_request q = { .method = "GET", .max = TOKEN_ANSWER_MAX };
	struct http_transfer *t;
	int r;

	if (!realm || !(realm = http_resolve(s->arena, s->server, realm)) ||
	    !http_may_follow(s->server, realm, s->trust.lax))
		return denied(s, "it sends one to a place without TLS, or to none, for a token", e);
	words = add_words(s, s->login.token ? "" : realm);
	q.url = s->login.token ? realm : words;
	if (s->login.token) {
		q.method = "POST";
		q.body = words + (*words == '?');
		q.content_type = "application/x-www-form-urlencoded";
	} else if (s->login.user) {
		q.authorization = auth_basic(s->arena, s->login.user, s->login.password);
	}
	struct session plain = { .arena = s->arena,
				 .http = s->aside,
				 .name = s->name,
				 .trust = *session_trust(s, realm),
				 .others = s->others,
				 .server = realm,
				 .login = s->login,
				 .tries = s->tries,
				 .met = true }; /* as good as: who names it has just answered */

	plain.authorization = q.authorization;
	r = session_ask(&plain, what, &q, &t, e);
	if (r == 0)
		r = t->answer.status == 200 ? take_token(s, t, e) :
		    t->answer.status == 401 || t->answer.status == 403 || t->answer.status == 400 ?
					      unknown(s, e) :
					      session_failed(&plain, t, what, e);
	http_end(t);
	return r;
}

int session_login(struct session *s, const struct http_transfer *t, struct err *e)
{
	if (t)
		read_challenge(s, t);
	s->turn++;
	if (s->challenge.scheme == CHALLENGE_BEARER)
		return fetch_token(s, e);
	if (s->challenge.scheme == CHALLENGE_NONE)
		return denied(s, "it wants to be logged in to in a way that guise does not know", e);
	if (!s->login.user || s->authorization)
		return unknown(s, e);
	s->authorization = auth_basic(s->arena, s->login.user, s->login.password);
	return 0;
}
