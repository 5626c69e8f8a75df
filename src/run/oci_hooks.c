/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci_hooks.h"

#include "plan/build_oci_parts.h"
#include "plan/steps.h"

void oci_hooks_record(const struct oci_config *c, struct plan *later)
{
	oci_hooks(later, c, HOOK_POSTSTART, STEP_HOOK);
	oci_hooks(later, c, HOOK_POSTSTOP, STEP_HOOK);
}

void oci_hooks_run(const struct oci_container *o, const char *when, const struct oci_warn *warn)
{
	bool stop = str_eq(when, oci_hook_name[HOOK_POSTSTOP]);
	const struct plan *p = &o->rec.later;
	struct live live;

	live_init(&live, o->c.id, o->arena, o->st->fd);
	oci_hook_state(&o->rec, &live);
	for (size_t i = 0; i < p->count; i++) {
		struct err e = { 0 };

		if (str_eq(p->steps[i].hook.when, when) &&
		    step_hook_run(&p->steps[i], &live, stop ? "stopped" : "running", stop ? 0 : o->rec.pid, &e) < 0)
			warn->tell(warn->arg, &e);
	}
	live_close(&live);
}
