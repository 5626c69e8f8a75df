/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/*
 * One arena per command holds its spec, its plan and all their strings: allocation is a pointer bump,
 * freeing is one call at the end. The first block is the caller's (usually static, so that a start
 * touches no heap at all); further ones come from malloc.
 *
 * Allocation never fails for the caller: a Linux process that is refused some kilobytes at this point
 * cannot usefully go on, so the arena writes "out of memory" and exits 125. That keeps a check out of
 * every line that builds a plan. Nothing allocates between clone and exec.
 */
struct arena {
	char *next, *end;
	struct arena_block *blocks;
};

#define ARENA_INIT(buf)                                                                                      \
	{                                                                                                    \
		.next = (buf), .end = (buf) + sizeof(buf)                                                    \
	}

void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned to 16 */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
[[gnu::format(printf, 2, 3)]] char *arena_printf(struct arena *a, const char *fmt, ...);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
void arena_free(struct arena *a); /* the malloc'd blocks; the first one stays the caller's */

#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), (n) * sizeof(type)))

/* Append `item` to the array `list` of `count` items, which grows by doubling: for arrays of unknown length.
 * Evaluates list and count more than once. */
#define arena_push(a, list, count, item)                                                                     \
	do {                                                                                                 \
		if (((count) & ((count)-1)) == 0)                                                            \
			(list) = arena_grow((a), (list), (count) * sizeof(*(list)),                          \
					    ((count) ? 2 * (count) : 1) * sizeof(*(list)));                  \
		(list)[(count)++] = (item);                                                                  \
	} while (0)

/* old_size: all of what was allocated for old, not only what is used of it. */
void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t size);
