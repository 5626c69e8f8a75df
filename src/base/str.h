/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A growing string in an arena. Start with { .arena = a }. Once anything was added, s.p is NUL-terminated;
 * str_get() gives "" before that, too. It never fails (see arena.h). */
struct str {
	struct arena *arena;
	char *p;
	size_t len, room;
};

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *text, size_t n);
[[gnu::format(printf, 2, 3)]] void str_addf(struct str *s, const char *fmt, ...);
const char *str_get(const struct str *s);

/* Add text as one word of a POSIX shell, quoted only where it must be; NULL is an empty one. */
void str_add_shell(struct str *s, const char *text);

/* The same for str_addf(): the word, in the arena of s. Text that is not guise's own is put into a script
 * this way. In a script's comments it is put on one line: */
const char *str_shell(const struct str *s, const char *text);
const char *str_shell_comment(const struct str *s, const char *text);

/* Put n in decimal at p, NUL-terminated, and return the NUL's place: stpcpy(3) for numbers, where printf's
 * pages are not worth it. At most 10 digits. */
char *str_put_number(char *p, unsigned n);

static inline bool str_eq(const char *a, const char *b)
{
	return a && b && __builtin_strcmp(a, b) == 0;
}

/* Is the word, of n bytes, among those of the list? What lies between them is any of these bytes. */
bool str_has_word(const char *list, const char *between, const char *word, size_t n);

/* The rest of s behind prefix, or NULL. */
const char *str_after(const char *s, const char *prefix);

bool str_ends_in(const char *s, const char *end);

#define ARRAY_LEN(a) (sizeof(a) / sizeof(*(a)))
