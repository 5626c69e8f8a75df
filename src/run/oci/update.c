/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/update.h"

#include <string.h>
#include <unistd.h>

#include "kernel/process/helper.h"
#include "plan/build/oci/scope.h"
#include "plan/build/update.h"
#include "run/start/limits.h"

/* The plan that changes them, and the container's own as it is then. */
static int plan_limits(const struct oci_container *o, const struct cgroups *g, const struct spec_limits *l,
		       const struct limits_now *now, struct plan *p, struct plan *changed, struct err *e)
{
	struct limits_facts f = {
		.cg = &g->l, .cpus = 1, .page_size = (unsigned)sysconf(_SC_PAGESIZE), .now = now
	};
	struct limit_write *limits;
	size_t n;
	int r = limits_oci_build(o->arena, l, &f, &limits, &n, e);

	if (r < 0)
		return r;
	limits_steps(p, g, limits, n);
	struct update_write *writes = arena_array(o->arena, struct update_write, n);
	for (size_t i = 0; i < n; i++)
		writes[i] = (struct update_write){ p->steps[i].cgroup_set.path, limits[i].file,
						   limits[i].value, limits[i].optional };
	build_update(&o->rec.plan, &(struct update_wish){ .home = g->home, .writes = writes, .n_writes = n },
		     changed);
	return 0;
}

static int scope_update(struct arena *a, const struct cgroups *g, const struct spec_limits *l,
			const struct limits_now *now, const struct plan *made, struct err *e)
{
	struct limits_facts f = { .cg = &g->l, .page_size = (unsigned)sysconf(_SC_PAGESIZE), .now = now };
	struct strv list = { 0 };
	const struct step_scope *s = plan_scope(made);

	if (s)
		scope_limits(a, l, &f, &list);
	if (!list.n)
		return 0;
	char **argv = arena_array(a, char *, list.n + 5);
	argv[1] = "scope-set";
	argv[2] = s->user ? "user" : "system";
	argv[3] = (char *)s->unit;
	memcpy(argv + 4, list.v, list.n * sizeof(*argv));
	return helper_run(argv, e);
}

static int apply(struct oci_container *o, const struct plan *p, const struct cgroups *g,
		 const struct spec_limits *l, const struct limits_now *now, struct err *e)
{
	struct live live;
	struct err ignored;
	int r;

	live_init(&live, "", o->arena, -1);
	r = plan_apply(p, PHASE_BEFORE, &live, e);
	if (r == 0)
		r = scope_update(o->arena, g, l, now, &o->rec.plan, e);
	/* also those behind the one that failed: they write what is there anyway */
	if (r < 0)
		plan_undo(p, &live, &ignored);
	live_close(&live);
	return r;
}

int oci_update(struct oci_container *o, const struct cgroups *g, const struct spec_limits *l, struct err *e)
{
	struct plan p = { .arena = o->arena }, changed = { .arena = o->arena }, was = o->rec.plan;
	struct limits_now now;
	struct err ignored;
	int r;

	limits_read(g, &now);
	if ((r = plan_limits(o, g, l, &now, &p, &changed, e)) < 0)
		return r;
	o->rec.plan = changed;
	if ((r = oci_record_write(o, e)) == 0 && (r = apply(o, &p, g, l, &now, e)) == 0)
		return 0;
	o->rec.plan = was;
	oci_record_write(o, &ignored);
	return r;
}
