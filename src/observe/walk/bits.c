/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of which some bits are known: see eval.h. Places are bounded by the callers' tables, and here again. */
#include <string.h>

#include "observe/walk/eval.h"

bool bits_known(const struct bits *b, size_t at, size_t n)
{
	for (size_t i = at; i < at + n && i < BITS_MAX; i++) {
		if (b->known[i] != 0xff)
			return false;
	}
	return true;
}

enum truth bits_equal(const uint8_t *v, const uint8_t *known, const uint8_t *with, size_t n)
{
	enum truth t = YES;

	for (size_t i = 0; i < n; i++) {
		if ((v[i] ^ with[i]) & known[i])
			return NO;
		if (known[i] != 0xff)
			t = MAYBE;
	}
	return t;
}

int bits_compare(const uint8_t *v, const uint8_t *known, const uint8_t *with, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (known[i] != 0xff)
			return 2;
		if (v[i] != with[i])
			return v[i] < with[i] ? -1 : 1;
	}
	return 0;
}

void bits_put(struct bits *b, size_t at, const void *p, size_t n, bool known)
{
	if (n == 0 || at > BITS_MAX || n > BITS_MAX - at)
		return;
	memcpy(b->v + at, p, n);
	memset(b->known + at, known ? 0xff : 0, n);
}
