/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/hooks.h"

#include "plan/build/oci/parts.h"
#include "plan/steps/steps.h"

void oci_hooks_record(const struct oci_config *c, struct plan *later)
{
	oci_hooks(later, c, HOOK_POSTSTART);
	oci_hooks(later, c, HOOK_POSTSTOP);
}

static bool is(const struct step *s, enum oci_hook_kind when)
{
	return str_eq(s->hook.when, oci_hook_name[when]);
}

int oci_hooks_poststart(const struct oci_container *o, struct err *e)
{
	const struct plan *p = &o->rec.later;
	struct live live;
	int r = 0;

	live_init(&live, o->c.id, o->arena, o->st->fd);
	oci_hook_state(&o->rec, &live);
	for (size_t i = 0; r == 0 && i < p->count; i++)
		if (is(&p->steps[i], HOOK_POSTSTART))
			r = step_hook_run(&p->steps[i].hook, &live, "running", o->rec.pid, e);
	live_close(&live);
	return r;
}

void oci_hooks_poststop(const struct oci_container *o, const struct oci_warn *warn)
{
	const struct plan *p = &o->rec.later;
	struct live live;

	live_init(&live, o->c.id, o->arena, o->st->fd);
	oci_hook_state(&o->rec, &live);
	for (size_t i = 0; i < p->count; i++) {
		struct err e = { 0 };

		if (is(&p->steps[i], HOOK_POSTSTOP) &&
		    step_hook_run(&p->steps[i].hook, &live, "stopped", 0, &e) < 0)
			warn->tell(warn->arg, &e);
	}
	live_close(&live);
}
