/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroup.h"

/* The cgroups of a container that exists, in all hierarchies, found by its home: what is paused, counted, changed and
 * killed there. */
struct cgroups {
	struct cgroup_layout l;
	const char *home;
	bool v2; /* home is one of cgroup2 */
	/* Where each controller counts the container, or would if it had a cgroup there, which is not looked at; NULL:
	 * nowhere */
	const char *dir[CG_COUNT];
	const char *
		v1_freezer; /* its cgroup in v1's freezer hierarchy, beside v2 or instead of it; NULL: none */
};

/* home NULL is a container without any: "no-cgroup". */
int cgroups_find(struct arena *a, const char *home, struct cgroups *g, struct err *e);

/* Freeze all of its processes, and wait until they are; or thaw them. What cannot be frozen is thawed again. */
int cgroups_freeze(const struct cgroups *g, bool frozen, struct err *e);

/* Kill all of its processes, frozen ones and those that fork meanwhile, without waiting for their end in v2. */
int cgroups_kill(const struct cgroups *g, struct err *e);
