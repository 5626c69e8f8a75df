/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/timing.h"

#include <time.h>

void timing_mark(struct timing *t, const char *name)
{
	struct timespec now;

	if (!t || t->n == TIMING_MAX)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	t->mark[t->n].name = name;
	t->mark[t->n++].at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void print_line(struct str *out, int64_t ns, const char *name)
{
	str_addf(out, "%9.3f ms  %s\n", (double)ns / 1e6, name);
}

void timing_print(const struct timing *t, struct str *out)
{
	for (unsigned i = 1; i < t->n; i++)
		print_line(out, t->mark[i].at - t->mark[i - 1].at, t->mark[i].name);
	if (t->n)
		print_line(out, t->mark[t->n - 1].at - t->mark[0].at, "in all");
}
