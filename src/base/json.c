/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* U+EF80 to U+EFFF: json_add_bytes() writes bytes as these. */
static bool is_byte(const unsigned char *p)
{
	return p[0] == 0xee && (p[1] & 0xfe) == 0xbe && (p[2] & 0xc0) == 0x80;
}

/* How many characters of ASCII need no escape. */
static size_t plain(const unsigned char *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

static void add_string(struct str *out, const char *text, bool bytes)
{
	if (!text) {
		str_add(out, "null");
		return;
	}
	str_add(out, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t n = plain(p);

		if (n)
			str_addn(out, (const char *)p, n);
		else if (*p == '"' || *p == '\\')
			str_addf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			str_addf(out, "\\u%04x", *p);
		else if ((n = bytes && is_byte(p) ? 0 : utf8_len(p)))
			str_addn(out, (const char *)p, n);
		else
			str_addf(out, "\\u%04x", bytes ? 0xef00 | *p : 0xfffd);
		p += n ? n : 1;
	}
	str_add(out, "\"");
}

void json_add_string(struct str *out, const char *text)
{
	add_string(out, text, false);
}

void json_add_utf8(struct str *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		unsigned n = utf8_len(p);

		str_addn(out, n ? (const char *)p : "\xef\xbf\xbd", n ? n : 3);
		p += n ? n : 1;
	}
}

void json_add_bytes(struct str *out, const char *text)
{
	add_string(out, text, true);
}

char *json_get_bytes(struct arena *a, json_object *o)
{
	char *text = json_object_is_type(o, json_type_string) ? arena_strdup(a, json_object_get_string(o)) :
								NULL;
	unsigned char *from = (unsigned char *)text, *to = from;

	while (from && *from)
		if (is_byte(from)) {
			*to++ = (unsigned char)((from[1] & 1) << 6 | (from[2] & 0x3f) | 0x80);
			from += 3;
		} else {
			*to++ = *from++;
		}
	if (to)
		*to = '\0';
	return text;
}

static unsigned code_point(const unsigned char *p, unsigned n)
{
	unsigned c = n == 1 ? *p : *p & (0x7fU >> n);

	for (unsigned i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static size_t add_escape(char *to, unsigned c)
{
	if (c < 0x10000)
		return (size_t)sprintf(to, "\\u%04x", c);
	return (size_t)sprintf(to, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
}

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return false;
	return true;
}

int json_ascii(const char *text, size_t *len, char **ascii)
{
	enum { LONGEST = 3 }; /* "\u00e9" for two bytes, "\ud83d\ude00" for four */
	bool escape = false;
	size_t out = 0;

	*ascii = NULL;
	if (is_ascii(text, *len))
		return 0;
	if (!(*ascii = malloc(LONGEST * *len + 1)))
		return -ENOMEM;
	for (const unsigned char *p = (const unsigned char *)text, *end = p + *len; p < end;) {
		unsigned char tail[4] = { 0 }; /* nothing is read behind the text */
		unsigned n = utf8_len(end - p < 4 ? memcpy(tail, p, (size_t)(end - p)) : p);

		/* behind a backslash it is no JSON, and must not become some */
		if (n == 0 || (n > 1 && escape)) {
			free(*ascii);
			*ascii = NULL;
			*len = (size_t)(p - (const unsigned char *)text);
			return -EILSEQ;
		}
		escape = *p == '\\' && !escape;
		if (n == 1)
			(*ascii)[out++] = (char)*p;
		else
			out += add_escape(*ascii + out, code_point(p, n));
		p += n;
	}
	(*ascii)[out] = '\0';
	*len = out;
	return 0;
}

static json_object *parse(const char *text, size_t len, struct err *e)
{
	enum { DEPTH = 64 };
	json_tokener *t = json_tokener_new_ex(DEPTH);
	json_object *o = NULL;
	enum json_tokener_error error;

	if (!t || len > INT_MAX) {
		json_tokener_free(t);
		err_set(e, "json-bad", t ? EFBIG : ENOMEM, "read JSON");
		return NULL;
	}
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	/* the NUL behind the text tells the tokener that it is complete */
	o = json_tokener_parse_ex(t, text, (int)len + 1);
	error = json_tokener_get_error(t);
	if (error != json_tokener_success) {
		err_set(e, "json-bad", EINVAL, "read JSON at byte %zu", json_tokener_get_parse_end(t));
		err_cause(e, "%s", json_tokener_error_desc(error));
		json_object_put(o);
		o = NULL;
	} else if (!o) {
		err_set(e, "json-bad", EINVAL, "read JSON");
		err_cause(e, "it is null");
	}
	json_tokener_free(t);
	return o;
}

json_object *json_from_text(const char *text, size_t len, struct err *e)
{
	json_object *o;
	char *ascii;
	int r = json_ascii(text, &len, &ascii);

	if (r < 0) {
		err_set(e, "json-bad", -r, "read JSON at byte %zu", len);
		return NULL;
	}
	o = parse(ascii ? ascii : text, len, e);
	free(ascii);
	return o;
}

static json_object *within(json_object *o, const char *key, json_type type)
{
	json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	if (json_object_is_type(value, type))
		return value;
	value = type == json_type_array ? json_object_new_array() : json_object_new_object();
	json_object_object_add(o, key, value);
	return value;
}

json_object *json_within(json_object *o, const char *key)
{
	return within(o, key, json_type_object);
}

json_object *json_array_within(json_object *o, const char *key)
{
	return within(o, key, json_type_array);
}
