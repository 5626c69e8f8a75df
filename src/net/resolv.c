/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/resolv.h"

#include <string.h>

#include "base/str.h"

/* One line, which `*text` is moved behind, and its name server: where the address begins, and how long it
 * is; 0: it names none. */
struct line {
	const char *text, *server;
	size_t len, server_len;
};

static bool next(const char **text, struct line *l)
{
	const char *p;

	if (!**text)
		return false;
	*l = (struct line){ .text = *text, .len = strcspn(*text, "\n") };
	*text += l->len + (l->text[l->len] == '\n');
	p = l->text + strspn(l->text, " \t");
	p = str_after(p, "nameserver");
	if (!p || p >= l->text + l->len || !strspn(p, " \t"))
		return true;
	l->server = p + strspn(p, " \t");
	l->server_len = strcspn(l->server, " \t\r\n;#");
	return true;
}

static bool begins(const struct line *l, const char *with)
{
	return l->server_len >= strlen(with) && strncmp(l->server, with, strlen(with)) == 0;
}

static bool is_reachable(const struct line *l, bool ipv6)
{
	if (begins(l, "127.") || begins(l, "0.0.0.0"))
		return false;
	if (!memchr(l->server, ':', l->server_len))
		return true;
	/* a link-local one needs the host's link */
	return ipv6 && !(begins(l, "::1") && l->server_len == 3) && !begins(l, "fe80:") &&
	       !begins(l, "::ffff:127.");
}

const char *resolv_for_container(struct arena *a, const char *text, bool ipv6, const char *fallback)
{
	struct str out = { .arena = a };
	bool any = false;
	struct line l;

	while (next(&text, &l)) {
		if (l.server_len && !is_reachable(&l, ipv6))
			continue;
		any |= l.server_len > 0;
		str_addn(&out, l.text, l.len);
		str_add(&out, "\n");
	}
	if (!any)
		str_add(&out, fallback);
	return str_get(&out);
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
