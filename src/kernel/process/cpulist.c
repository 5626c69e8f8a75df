/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/cpulist.h"

#include <errno.h>
#include <string.h>

/* Read the number at *p, and move *p behind it; -EINVAL if there is none. */
static int parse_number(const char **p)
{
	int n = -EINVAL;

	for (; **p >= '0' && **p <= '9'; ++*p)
		if ((n = (n < 0 ? 0 : 10 * n) + (**p - '0')) >= CPULIST_BITS)
			return -EINVAL;
	return n;
}

int cpulist_parse(const char *list, unsigned long *mask)
{
	enum { WORD = 8 * sizeof(*mask) };

	memset(mask, 0, CPULIST_WORDS * sizeof(*mask));
	for (const char *p = list;; p++) {
		int from = parse_number(&p), to = from;

		if (from >= 0 && *p == '-') {
			p++;
			to = parse_number(&p);
		}
		if (from < 0 || to < from)
			return -EINVAL;
		for (int i = from; i <= to; i++)
			mask[i / WORD] |= 1UL << i % WORD;
		if (*p == '\0')
			return 0;
		if (*p != ',')
			return -EINVAL;
	}
}

bool cpulist_is_within(const char *list, const char *in)
{
	unsigned long some[CPULIST_WORDS], all[CPULIST_WORDS];

	if (cpulist_parse(list, some) < 0 || cpulist_parse(in, all) < 0)
		return false;
	for (int i = 0; i < CPULIST_WORDS; i++)
		if (some[i] & ~all[i])
			return false;
	return true;
}
