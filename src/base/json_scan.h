/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JSON (RFC 8259) read in place, value by value, for what is too large for a tree of objects (base/json.h): whoever reads
 * says what it expects, and passes over what it doesn't know.
 *
 *     if (scan_open(&s, '{'))
 *             while ((key = scan_key(&s)))
 *                     if (str_eq(key, "name"))
 *                             name = scan_text(&s);
 *                     else
 *                             scan_skip(&s);
 *
 * The text is written over: what scan_text() and scan_key() return lies in it. Once anything is wrong, s.wrong says what
 * and all functions return nothing, so that it can be looked at once, at the end. A value of another type than asked for
 * is no fault of the text's: scan_kind() tells before.
 */
struct scan {
	char *start, *p, *end; /* *end is a NUL */
	const char *wrong;     /* the first fault */
	unsigned depth;
	bool first; /* an object or array has just been opened */
};

enum { SCAN_DEPTH_MAX = 64 };

enum scan_kind { SCAN_NOTHING, SCAN_OBJECT, SCAN_ARRAY, SCAN_TEXT, SCAN_NUMBER, SCAN_BOOL, SCAN_NULL };

/* text has len bytes and a NUL behind them. */
void scan_start(struct scan *s, char *text, size_t len);

/* What comes next. */
enum scan_kind scan_kind(struct scan *s);

/* Enter an object '{' or an array '['. Then, until it is at its end: */
bool scan_open(struct scan *s, char bracket);
const char *scan_key(struct scan *s); /* the next key, or NULL */
bool scan_item(struct scan *s);       /* is there another item? */

/* Values. Of a text that json_add_bytes() wrote, all its bytes. */
char *scan_text(struct scan *s);
bool scan_bool(struct scan *s);
void scan_skip(struct scan *s);

/* A whole number: its absolute value, and its sign. False for one that is none, or is too large: it is passed over. */
bool scan_number(struct scan *s, bool *negative, uint64_t *value);

/* Nothing follows but blanks? */
bool scan_at_end(struct scan *s);
