/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"

/* The length of the well-formed UTF-8 sequence at p (RFC 3629: no overlong forms, no surrogates), or 0. It reads no
 * further than a NUL. */
unsigned utf8_len(const unsigned char *p);

/* Add text that somebody else chose (names, aliases, comments, arguments), for a person to read: bytes that are no
 * UTF-8, control characters, and what moves or hides text on a terminal (directions, breaks of lines, characters
 * without width) become "\xNN" for each byte. NULL adds nothing. */
void str_add_visible(struct str *s, const char *text);

/* The same for str_addf(): the text, in the arena of s. */
const char *str_visible(const struct str *s, const char *text);
