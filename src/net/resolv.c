/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/resolv.h"

#include <string.h>

#include "base/str.h"

/* One line, which `*text` is moved behind; the word it begins with; and its name server: where the address
 * begins, and how long it is; 0: it names none. */
struct line {
	const char *text, *word, *server;
	size_t len, word_len, server_len;
};

static bool says(const struct line *l, const char *word)
{
	return l->word_len == strlen(word) && strncmp(l->word, word, l->word_len) == 0;
}

static bool next(const char **text, struct line *l)
{
	const char *p;

	if (!**text)
		return false;
	*l = (struct line){ .text = *text, .len = strcspn(*text, "\n") };
	*text += l->len + (l->text[l->len] == '\n');
	l->word = l->text + strspn(l->text, " \t");
	l->word_len = strcspn(l->word, " \t\r\n");
	p = l->word + l->word_len;
	if (!says(l, "nameserver") || !strspn(p, " \t"))
		return true;
	l->server = p + strspn(p, " \t");
	l->server_len = strcspn(l->server, " \t\r\n;#");
	return true;
}

static bool begins(const struct line *l, const char *with)
{
	return l->server_len >= strlen(with) && strncmp(l->server, with, strlen(with)) == 0;
}

static bool is_reachable(const struct line *l, const struct resolv_wish *w)
{
	if (w->loopback)
		return true;
	if (begins(l, "127.") || begins(l, "0.0.0.0"))
		return false;
	if (!memchr(l->server, ':', l->server_len))
		return true;
	/* a link-local one needs the host's link */
	return w->ipv6 && !(begins(l, "::1") && l->server_len == 3) && !begins(l, "fe80:") &&
	       !begins(l, "::ffff:127.");
}

/* Does something that a person named stand in its place? */
static bool is_replaced(const struct line *l, const struct spec_names *n)
{
	return (n->servers.n && says(l, "nameserver")) ||
	       (n->search.n && (says(l, "search") || says(l, "domain"))) ||
	       (n->options.n && says(l, "options"));
}

static void add_words(struct str *out, const char *word, const struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		str_addf(out, "%s %s", i ? "" : word, v->v[i]);
	str_add(out, v->n ? "\n" : "");
}

static void add_named(struct str *out, const struct spec_names *n)
{
	bool nowhere = n->search.n == 1 && str_eq(n->search.v[0], ".");

	for (size_t i = 0; i < n->servers.n; i++)
		str_addf(out, "nameserver %s\n", n->servers.v[i]);
	if (!nowhere)
		add_words(out, "search", &n->search);
	add_words(out, "options", &n->options);
}

const char *resolv_for_container(struct arena *a, const char *text, const struct resolv_wish *w)
{
	struct str out = { .arena = a };
	bool any = w->names->servers.n > 0 || w->loopback;
	struct line l;

	while (next(&text, &l)) {
		if (is_replaced(&l, w->names) || (l.server_len && !is_reachable(&l, w)))
			continue;
		any |= l.server_len > 0;
		str_addn(&out, l.text, l.len);
		str_add(&out, "\n");
	}
	if (!any)
		str_add(&out, w->fallback);
	add_named(&out, w->names);
	return str_get(&out);
}

static void add_servers(struct arena *a, const char *text, const struct resolv_wish *w, struct strv *servers)
{
	struct line l;

	while (next(&text, &l))
		if (l.server_len && is_reachable(&l, w))
			strv_push(a, servers, arena_strndup(a, l.server, l.server_len));
}

void resolv_servers(struct arena *a, const char *text, const struct resolv_wish *w, struct strv *servers)
{
	size_t had = servers->n;

	add_servers(a, text, w, servers);
	if (servers->n == had)
		add_servers(a, w->fallback, w, servers);
}

bool resolv_is_stub(const char *text)
{
	bool stub = false;
	struct line l;

	while (next(&text, &l)) {
		if (l.server_len &&
		    !(l.server_len == 10 && (begins(&l, "127.0.0.53") || begins(&l, "127.0.0.54"))))
			return false;
		stub |= l.server_len > 0;
	}
	return stub;
}
