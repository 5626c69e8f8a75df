/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What guise doctor would say: it is asked for whether, and not told, since that would be the solution. */
#include "base/str.h"
#include "observe/findings/finding.h"
#include "observe/goals/goal.h"

static size_t count(const struct findings *f, const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].certainty == CERTAINTY_FAULT && (!code || str_eq(f->v[i].code, code));
	return n;
}

const char *goal_healthy(const struct goal_look *look, const struct strv *w)
{
	struct world_target target = { .text = w->v[1], .netns = goal_netns_of(look, w->v[1]) };
	struct findings f;

	if (!target.netns)
		return arena_printf(look->a, "there is no network namespace %s", w->v[1]);
	findings(look->w, &target, look->a, &f);
	return count(&f, NULL) ? arena_printf(look->a, "something is wrong with %s", w->v[1]) : NULL;
}

const char *goal_no_finding(const struct goal_look *look, const struct strv *w)
{
	struct findings f;

	findings(look->w, NULL, look->a, &f);
	return count(&f, w->v[1]) ? "that is still wrong" : NULL;
}
