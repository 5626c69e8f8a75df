/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json_scan.h"

#include <string.h>

void scan_start(struct scan *s, char *text, size_t len)
{
	*s = (struct scan){ .start = text, .p = text, .end = text + len };
}

static void fail(struct scan *s, const char *wrong)
{
	if (!s->wrong)
		s->wrong = wrong;
	s->p = s->end; /* a NUL: nothing goes on from here */
}

static char skip_blanks(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r')
		s->p++;
	return *s->p;
}

enum scan_kind scan_kind(struct scan *s)
{
	char c = skip_blanks(s);

	switch (c) {
	case '{':
		return SCAN_OBJECT;
	case '[':
		return SCAN_ARRAY;
	case '"':
		return SCAN_TEXT;
	case 't':
	case 'f':
		return SCAN_BOOL;
	case 'n':
		return SCAN_NULL;
	}
	return c == '-' || (c >= '0' && c <= '9') ? SCAN_NUMBER : SCAN_NOTHING;
}

bool scan_open(struct scan *s, char bracket)
{
	if (skip_blanks(s) != bracket)
		return fail(s, bracket == '{' ? "an object was expected" : "an array was expected"), false;
	if (++s->depth > SCAN_DEPTH_MAX)
		return fail(s, "it is nested too deep"), false;
	s->p++;
	s->first = true;
	return true;
}

/* Before a further item: its comma, or the closing bracket. */
static bool more(struct scan *s, char closing)
{
	bool first = s->first;
	char c = skip_blanks(s);

	s->first = false;
	if (s->wrong)
		return false;
	if (c == closing) {
		s->p++;
		s->depth--;
		return false;
	}
	if (first)
		return true;
	if (c != ',')
		return fail(s, "a comma or a closing bracket was expected"), false;
	s->p++;
	return true;
}

bool scan_item(struct scan *s)
{
	return more(s, ']');
}

const char *scan_key(struct scan *s)
{
	const char *key;

	if (!more(s, '}'))
		return NULL;
	if (!(key = scan_text(s)))
		return NULL;
	if (skip_blanks(s) != ':')
		return fail(s, "a colon was expected"), NULL;
	s->p++;
	return key;
}

/* ---- texts ---- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* Four digits behind "\u"; -1. */
static int unit(const char *p)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex(p[i]);

		if (digit < 0)
			return -1; /* also where the text ends */
		value = value << 4 | digit;
	}
	return value;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* U+EF80 to U+EFFF stand for bytes: see json_add_bytes(). A NUL can't be in a text, and ends none. */
static char *put_unit(char *to, unsigned c)
{
	if (c >= 0xef80 && c <= 0xefff) {
		*to++ = (char)(c & 0xff);
		return to;
	}
	return put_utf8(to, c && (c < 0xd800 || c > 0xdfff) ? c : 0xfffd);
}

/* "\u00e9", or a pair for what lies beyond: p is behind the "u". NULL: it is none. */
static char *put_escape(char *to, const char **p)
{
	int c = unit(*p), low;

	if (c < 0)
		return NULL;
	*p += 4;
	if (c >= 0xd800 && c < 0xdc00 && (*p)[0] == '\\' && (*p)[1] == 'u' &&
	    (low = unit(*p + 2)) >= 0xdc00 && low < 0xe000) {
		*p += 6;
		return put_utf8(to, 0x10000 + ((unsigned)(c - 0xd800) << 10) + (unsigned)(low - 0xdc00));
	}
	return put_unit(to, (unsigned)c);
}

/* What was written is never longer than what was read. */
static char *put_character(char *to, const char **p)
{
	static const char from[] = "\"\\/bfnrt", same[] = "\"\\/\b\f\n\r\t";
	const unsigned char *u = (const unsigned char *)*p;
	const char *at;

	if (**p == '\\') {
		*p += 2;
		if ((*p)[-1] == 'u')
			return put_escape(to, p);
		at = (*p)[-1] ? strchr(from, (*p)[-1]) : NULL;
		if (at)
			*to++ = same[at - from];
		return at ? to : NULL;
	}
	if (u[0] == 0xee && (u[1] & 0xfe) == 0xbe && (u[2] & 0xc0) == 0x80) {
		*p += 3;
		*to++ = (char)((u[1] & 1) << 6 | (u[2] & 0x3f) | 0x80);
		return to;
	}
	*to++ = *(*p)++;
	return to;
}

char *scan_text(struct scan *s)
{
	char *text, *to;
	const char *p;

	if (skip_blanks(s) != '"')
		return fail(s, "a text was expected"), NULL;
	p = text = to = s->p + 1;
	while (*p != '"') {
		if ((unsigned char)*p < 0x20)
			return fail(s,
				    p == s->end ? "a text has no end" : "a control character is in a text"),
			       NULL;
		if (!(to = put_character(to, &p)))
			return fail(s, "an escape in a text is none of JSON's"), NULL;
	}
	*to = '\0';
	s->p = (char *)p + 1;
	return text;
}

/* ---- other values ---- */

static bool take_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->p, word, n) != 0)
		return fail(s, "a value was expected"), false;
	s->p += n;
	return true;
}

bool scan_bool(struct scan *s)
{
	if (skip_blanks(s) == 'f')
		return take_word(s, "false"), false;
	return take_word(s, "true");
}

/* Fractions and exponents, which are passed over. */
static bool take_fraction(struct scan *s)
{
	size_t n = strspn(s->p, ".eE+-0123456789");

	s->p += n;
	return n;
}

bool scan_number(struct scan *s, bool *negative, uint64_t *value)
{
	bool fits = true;
	char *first;

	*value = 0;
	*negative = skip_blanks(s) == '-';
	s->p += *negative;
	first = s->p;
	for (; *s->p >= '0' && *s->p <= '9'; s->p++)
		fits = fits && !__builtin_mul_overflow(*value, 10, value) &&
		       !__builtin_add_overflow(*value, (uint64_t)(*s->p - '0'), value);
	if (s->p == first)
		return fail(s, "a number was expected"), false;
	return !take_fraction(s) && fits;
}

static void skip_simple(struct scan *s, enum scan_kind kind)
{
	bool negative;
	uint64_t value;

	switch (kind) {
	case SCAN_TEXT:
		scan_text(s);
		break;
	case SCAN_NUMBER:
		scan_number(s, &negative, &value);
		break;
	case SCAN_BOOL:
		scan_bool(s);
		break;
	case SCAN_NULL:
		take_word(s, "null");
		break;
	default:
		fail(s, "a value was expected");
	}
}

/* Recursion is as deep as scan_open() lets it be. */
void scan_skip(struct scan *s)
{
	enum scan_kind kind = scan_kind(s);

	if (kind == SCAN_OBJECT && scan_open(s, '{')) {
		while (scan_key(s))
			scan_skip(s);
	} else if (kind == SCAN_ARRAY && scan_open(s, '[')) {
		while (scan_item(s))
			scan_skip(s);
	} else if (kind != SCAN_OBJECT && kind != SCAN_ARRAY) {
		skip_simple(s, kind);
	}
}

bool scan_at_end(struct scan *s)
{
	skip_blanks(s);
	if (s->p != s->end)
		fail(s, "more follows behind it");
	return !s->wrong;
}
