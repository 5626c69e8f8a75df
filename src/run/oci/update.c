/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/update.h"

#include <string.h>
#include <unistd.h>

#include "kernel/process/helper.h"
#include "plan/build/oci/scope.h"
#include "run/start/limits.h"

int oci_update_plan(struct plan *p, const struct cgroups *g, const struct spec_limits *l, struct err *e)
{
	struct limits_now now;
	struct limits_facts f = {
		.cg = &g->l, .cpus = 1, .page_size = (unsigned)sysconf(_SC_PAGESIZE), .now = &now
	};
	struct limit_write *writes;
	size_t n;
	int r;

	limits_read(g, &now);
	if ((r = limits_oci_build(p->arena, l, &f, &writes, &n, e)) < 0)
		return r;
	limits_steps(p, g, writes, n);
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

int oci_update(struct arena *a, const struct cgroups *g, const struct spec_limits *l, const struct plan *made,
	       struct err *e)
{
	struct plan p = { .arena = a };
	struct live live;
	struct limits_now now;
	struct err ignored;
	int r;

	limits_read(g, &now);
	if ((r = oci_update_plan(&p, g, l, e)) < 0)
		return r;
	live_init(&live, "", a, -1);
	r = plan_apply(&p, PHASE_BEFORE, &live, e);
	if (r == 0)
		r = scope_update(a, g, l, &now, made, e);
	/* also those behind the one that failed: they write what is there anyway */
	if (r < 0)
		plan_undo(&p, &live, &ignored);
	live_close(&live);
	return r;
}
