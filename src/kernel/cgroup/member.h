/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

/* Where a process is in each mounted hierarchy. */
struct cgroup_member {
	const char *base; /* the hierarchy's mount */
	const char *dir;  /* the process's cgroup there, absolute */
	bool v2;
};

/* From /proc/PID/cgroup (cgroups(7)), in the arena. A hierarchy that isn't mounted here, or not with that
 * cgroup in it, is left out. 0 or -errno. */
int cgroup_members(struct arena *a, pid_t pid, struct cgroup_member **list, size_t *n);

/* Is the cgroup dir that one, or one below it? Pure. */
bool cgroup_is_within(const char *dir, const char *top);
