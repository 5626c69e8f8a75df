/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroup.h"

/* The cgroups of an existing container, in all hierarchies, found by its home: to pause, count, change and
 * kill what is in them. */
struct cgroups {
	struct cgroup_layout l;
	const char *home;
	bool v2; /* home is one of cgroup2 */
	/* The container's directory for each controller; NULL: nowhere. Not checked: there may be no
	 * cgroup. */
	const char *dir[CG_COUNT];
	/* Its cgroup in v1's freezer hierarchy, beside v2 or instead of it; NULL: none. */
	const char *v1_freezer;
};

/* home NULL is a container without any: "no-cgroup". */
int cgroups_find(struct arena *a, const char *home, struct cgroups *g, struct err *e);

/* Freeze all of its processes, and wait until they are; or thaw them. What cannot be frozen is thawed
 * again. */
int cgroups_freeze(const struct cgroups *g, bool frozen, struct err *e);
