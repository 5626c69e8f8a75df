/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/value.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/process/cpulist.h"

struct word {
	const char *p;
	size_t len;
};

/* The next word of the line that *p is in; false at its end. */
static bool next_word(const char **p, struct word *w)
{
	w->p = *p + strspn(*p, " \t");
	w->len = strcspn(w->p, " \t\n");
	*p = w->p + w->len;
	return w->len > 0;
}

/* "4096", "4k", "-1": the whole word. */
static bool to_number(struct word w, int64_t *n)
{
	static const char units[] = "kKmMgGtT";
	const char *unit;
	char *end;

	if (w.len == 0 || w.len > 20 || !strchr("-0123456789", *w.p))
		return false;
	*n = strtoll(w.p, &end, 10);
	if (end < w.p + w.len && (unit = strchr(units, *end)) && *n >= 0) {
		if (__builtin_mul_overflow(*n, INT64_C(1) << 10 * ((unit - units) / 2 + 1), n))
			return false;
		end++;
	}
	return end == w.p + w.len;
}

static bool same_number(int64_t have, int64_t want)
{
	enum { PAGES_FROM = 1 << 16 }; /* smaller numbers are counts, and not rounded */
	int64_t page = sysconf(_SC_PAGESIZE), off = have > want ? have - want : want - have;

	if (want == -1 && have >= INT64_MAX - 0xffff)
		return true;
	return want >= PAGES_FROM && have >= 0 && have % page == 0 && off < page;
}

/* A list of processors or nodes, "0-3,8", as bits. */
static bool to_list(struct word w, unsigned long mask[CPULIST_WORDS])
{
	char text[1024];

	if (w.len >= sizeof(text))
		return false;
	memcpy(text, w.p, w.len);
	text[w.len] = '\0';
	return cpulist_parse(text, mask) == 0;
}

static bool same_list(struct word a, struct word b)
{
	unsigned long x[CPULIST_WORDS], y[CPULIST_WORDS];

	return to_list(a, x) && to_list(b, y) && memcmp(x, y, sizeof(x)) == 0;
}

static bool same_word(struct word have, struct word want)
{
	int64_t a, b;

	if (have.len == want.len && memcmp(have.p, want.p, have.len) == 0)
		return true;
	if (to_number(have, &a) && to_number(want, &b) && (a == b || same_number(a, b)))
		return true;
	return same_list(have, want);
}

/* Are the words of value in the line, in that order? */
static bool line_shows(const char *line, const char *value)
{
	struct word have, want;

	while (next_word(&value, &want)) {
		do {
			if (!next_word(&line, &have))
				return false;
		} while (!same_word(have, want));
	}
	return true;
}

bool cgroup_shows(const char *now, const char *value)
{
	if (!value[strspn(value, " \t\n")])
		return !now[strspn(now, " \t\n")];
	for (const char *line = now; line; line = strchr(line, '\n'), line += line != NULL)
		if (line_shows(line, value))
			return true;
	return false;
}
