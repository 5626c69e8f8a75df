/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "plan/target.h"

/*
 * What others took away of a container that runs is put back: each step that is not as planned (plan/compare.h) and can
 * be restored from outside (step_ops.restore) is, and is looked at again. All that is as planned stays untouched.
 */

/* What became of one that was not as planned. */
struct restored {
	const struct step *step;
	const char *was; /* what the kernel had instead, for a person; "": nothing */
	int result;      /* 0; -errno: it is not as planned now either, and e says why */
	struct err e;
};
typedef void restored_fn(const struct restored *done, void *arg);

/* The steps of that network, which the caller has locked; `shared`, `owned`: those that its containers share, those that
 * are this one's. tell is called for each that was not as planned; it may not be NULL. Goes on after failures, and
 * returns the first. */
int plan_restore(const struct plan *p, const char *network, bool shared, bool owned, struct target *t,
		 struct live *live, restored_fn *tell, void *arg);

/* A repair: steps that are applied, or, those that can be, put back. Ends at the first that fails: 0 or -errno. */
int plan_mend(const struct plan *p, struct live *live, struct err *e);
