/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALIGN = 16, BLOCK = 64 * 1024 };

struct arena_block {
	struct arena_block *prev;
	alignas(ALIGN) char data[];
};

_Noreturn static void out_of_memory(void)
{
	static const char msg[] = "guise: out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		_exit(125);
	_exit(125);
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t pad = -(size_t)a->next & (ALIGN - 1);

	if (!a->next || size + pad > (size_t)(a->end - a->next)) {
		size_t room = size > BLOCK ? size : BLOCK;
		struct arena_block *b = malloc(sizeof(*b) + room);

		if (!b || room < size)
			out_of_memory();
		b->prev = a->blocks;
		a->blocks = b;
		a->next = b->data;
		a->end = b->data + room;
		pad = 0;
	}
	void *p = a->next + pad;
	a->next += pad + size;
	return memset(p, 0, size);
}

void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t size)
{
	void *p;

	/* the last allocation grows where it lies: nothing to copy, and no further page to touch */
	if (old && (const char *)old + old_size == a->next && size - old_size <= (size_t)(a->end - a->next)) {
		memset(a->next, 0, size - old_size);
		a->next += size - old_size;
		return (void *)old;
	}
	p = arena_alloc(a, size);
	if (old_size)
		memcpy(p, old, old_size);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->blocks, *prev; b; b = prev) {
		prev = b->prev;
		free(b);
	}
	*a = (struct arena){ 0 };
}
