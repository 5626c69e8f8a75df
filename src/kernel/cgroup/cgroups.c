/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "kernel/cgroup/cgroups.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"

enum { FREEZE_MS = 10000 };

/* v2 freezes and counts processor time in every cgroup. But engines may have used v1's freezer and cpuacct,
 * too: where the container has a cgroup there, take that. */
static void find_v1(struct arena *a, const char *rest, struct cgroups *g)
{
	for (unsigned i = 0; i < g->l.n_v1; i++) {
		const struct cgroup_v1 *h = &g->l.v1[i];
		const char *dir = cgroup_path(a, h->base, "/", rest + 1);

		if (access(dir, F_OK) < 0)
			continue;
		if (strstr(h->names, "freezer"))
			g->v1_freezer = dir;
		if (strstr(h->names, "cpuacct")) {
			g->l.at[CG_CPUACCT].held = CG_IN_V1;
			g->l.at[CG_CPUACCT].base = h->base;
			g->dir[CG_CPUACCT] = dir;
		}
	}
}

int cgroups_find(struct arena *a, const char *home, struct cgroups *g, struct err *e)
{
	const char *rest, *base;
	int r;

	*g = (struct cgroups){ .home = home };
	if (!home)
		return err_set(e, "no-cgroup", ENOENT, "find the container's cgroup"),
		       err_cause(e, "it was made without one");
	if ((r = cgroup_probe(a, CG_ALL, &g->l, e)) < 0)
		return r;
	cgroup_probe_every(a, &g->l);
	g->v2 = g->l.v2_mount && str_after(home, g->l.v2_mount);
	base = g->v2 ? g->l.v2_mount : g->l.v1_home;
	rest = base ? str_after(home, base) : NULL;
	if (!rest || access(home, F_OK) < 0)
		return err_set(e, "no-cgroup", ENOENT, "find the container's cgroup %s", home);
	find_v1(a, rest, g);
	/* it is enough that the caller may write to this cgroup: whether it could make one at the top is not
	 * asked */
	if (g->v2)
		g->l.v2 = g->l.v2_mount;
	for (int c = 0; c < CG_COUNT; c++) {
		if (g->l.at[c].held == CG_IN_V2)
			g->l.at[c].base = g->l.v2;
		if (g->l.at[c].base)
			g->dir[c] = g->dir[c] ?: cgroup_path(a, g->l.at[c].base, "/", rest + 1);
	}
	return 0;
}

/* On a hybrid host somebody else may have used v1's freezer, so thawing is done in both. */
static int thaw(const struct cgroups *g, struct err *e)
{
	int r = g->v2 ? cgroup2_freeze(g->home, false, FREEZE_MS, e) : 0;

	return r == 0 && g->v1_freezer && cgroup_is_frozen(g->v1_freezer) ?
		       cgroup1_freeze(g->v1_freezer, false, FREEZE_MS, e) :
		       r;
}

int cgroups_freeze(const struct cgroups *g, bool frozen, struct err *e)
{
	struct err ignored;
	int r;

	if (!frozen)
		return thaw(g, e);
	if (!g->v2 && !g->v1_freezer)
		return err_set(e, "cgroup-no-controller", ENODEV, "freeze the container"),
		       err_cause(e, "the controller freezer is in no cgroup hierarchy that is mounted"),
		       err_hint(e, "mount -t cgroup -o freezer cgroup /sys/fs/cgroup/freezer");
	r = g->v2 ? cgroup2_freeze(g->home, true, FREEZE_MS, e) :
		    cgroup1_freeze(g->v1_freezer, true, FREEZE_MS, e);
	if (r < 0)
		thaw(g, &ignored);
	return r;
}
