/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/restore.h"

#include <errno.h>

#include "plan/compare.h"
#include "plan/fault.h"

static bool is_wrong(enum found found)
{
	return found == FOUND_MISSING || found == FOUND_DIFFERENT;
}

static int restore(const struct step *s, struct target *t, struct live *live, struct err *e)
{
	struct str text = { .arena = t->arena };
	int r = fault_inject(live, "host", "restore", s, e);

	if (r < 0 || (r = step_ops(s->kind)->restore(s, live, e)) < 0 || !is_wrong(step_check(s, t, &text)))
		return r;
	err_set(e, "not-restored", ESTALE, "put back %s", step_ops(s->kind)->name);
	return err_cause(e, "%s", text.len ? text.p : "it is still missing");
}

int plan_restore(const struct plan *p, const char *network, bool shared, bool owned, struct target *t,
		 struct live *live, restored_fn *tell, void *arg)
{
	int first = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);
		struct str text = { .arena = t->arena };
		struct restored done = { .step = s };

		if (!ops->restore || !str_eq(step_network_dir(s), network) ||
		    !(ops->life == LIFE_SHARED ? shared : owned) || !is_wrong(step_check(s, t, &text)))
			continue;
		done.was = str_get(&text);
		done.result = restore(s, t, live, &done.e);
		if (first == 0)
			first = done.result;
		tell(&done, arg);
	}
	return first;
}

int plan_mend(const struct plan *p, struct live *live, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		const struct plan one = { .arena = p->arena, .steps = &p->steps[i], .count = 1 };
		const struct step_ops *ops = step_ops(one.steps->kind);

		r = ops->restore ? ops->restore(one.steps, live, e) : plan_apply(&one, PHASE_BEFORE, live, e);
	}
	return r;
}
