/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/*
 * JSON is read with json-c. It is written as text into a struct str: what guise writes is small and
 * flat, and a start then touches none of the library's pages.
 */

/* Add text as a JSON string with its quotes. Bytes that are no UTF-8 are written as U+FFFD. NULL: null. */
void json_add_string(struct str *out, const char *text);

/* For code that builds JSON with json-c, which takes any bytes for UTF-8: add text, with U+FFFD for bytes
 * that are none. */
void json_add_utf8(struct str *out, const char *text);

/* The same for text that is read again. No byte is lost: JSON is UTF-8, but paths, arguments and environments
 * are any bytes. A byte XX that is no UTF-8 is written as the private character U+EFXX, "\uefXX"; so is each
 * byte of such a character itself, to tell the two apart. Any reader of JSON can read it, and a person sees
 * which byte it was. */
void json_add_bytes(struct str *out, const char *text);

/* What json_add_bytes() wrote, in the arena; NULL for what is no string. */
char *json_get_bytes(struct arena *a, json_object *o);

/* json-c 0.18 (Debian 13) takes nothing but ASCII when it is strict: its bytes are signed. So it gets ASCII,
 * with escapes for the rest. *ascii is that text, NUL-terminated, to be freed, and *len its length; NULL if
 * text is ASCII already. -EILSEQ: text is no UTF-8, with the offset in *len; -ENOMEM. *ascii is NULL then. */
int json_ascii(const char *text, size_t *len, char **ascii);

/* The object, or the array, of that key within o, o's: made where there is none, or something else. */
json_object *json_within(json_object *o, const char *key);
json_object *json_array_within(json_object *o, const char *key);

/* Parse the whole of text, at most 64 levels deep. NULL and e ("json-bad", with the position) if it is no
 * JSON, or if anything follows. The caller puts the object (json_object_put). */
json_object *json_from_text(const char *text, size_t len, struct err *e);
