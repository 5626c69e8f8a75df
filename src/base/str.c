/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void str_room(struct str *s, size_t more)
{
	size_t want = s->len + more + 1, room = s->room ? s->room : 128;

	if (want <= s->room)
		return;
	while (room < want)
		room *= 2;
	s->p = arena_grow(s->arena, s->p, s->room, room);
	s->room = room;
}

void str_addn(struct str *s, const char *text, size_t n)
{
	str_room(s, n);
	memcpy(s->p + s->len, text, n);
	s->len += n;
	s->p[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

/* What fits into the room that there is is formatted once. */
void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	str_room(s, 0);
	room = s->room - s->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(s->p + s->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		str_room(s, (size_t)n);
		vsnprintf(s->p + s->len, (size_t)n + 1, fmt, again);
	}
	if (n > 0)
		s->len += (size_t)n;
	va_end(again);
}

const char *str_get(const struct str *s)
{
	return s->p ? s->p : "";
}

/* Could the line end the here-document that contains it? Such lines are capitals, as in <<'EOF'. */
static bool may_end_document(const char *line)
{
	size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n && line[n] == '\n';
}

void str_add_shell(struct str *s, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";

	if (!text)
		text = "";
	if (*text && text[strspn(text, plain)] == '\0') {
		str_add(s, text);
		return;
	}
	str_add(s, "'");
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			str_add(s, "'\\''");
		else if (*p == '\n' && may_end_document(p + 1))
			str_add(s, "\n''");
		else
			str_addn(s, p, 1);
	}
	str_add(s, "'");
}

const char *str_shell(const struct str *s, const char *text)
{
	struct str word = { .arena = s->arena };

	str_add_shell(&word, text);
	return str_get(&word);
}

const char *str_shell_comment(const struct str *s, const char *text)
{
	char *line = arena_strdup(s->arena, text);

	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = '?';
	return line;
}

char *str_put_number(char *p, unsigned n)
{
	if (n >= 10)
		p = str_put_number(p, n / 10);
	*p++ = (char)('0' + n % 10);
	*p = '\0';
	return p;
}

bool str_ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && memcmp(s + len - n, end, n) == 0;
}

bool str_has_word(const char *list, const char *between, const char *word, size_t n)
{
	while (*(list += strspn(list, between))) {
		size_t len = strcspn(list, between);

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len;
	}
	return false;
}

const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}
