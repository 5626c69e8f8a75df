/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/*
 * Whose a cgroup is, as an extended attribute of its directory. cgroup2 takes user.* from whoever owns the
 * directory; v1 takes trusted.*, from root alone. Where the kernel takes neither, a cgroup has no mark: that
 * is no failure.
 */

/* Mark a cgroup above those of containers: guise made it and may remove it. */
void cgroup_mark_parent(const char *dir);
bool cgroup_is_parent(const char *dir);

/* Mark a cgroup with its owner. Once nobody knows of that owner any more, nobody needs the cgroup. */
void cgroup_mark_owner(const char *dir, const char *owner);

/* All cgroups with an owner's mark, in base and below. Those below such a cgroup are its own, and are not
 * looked at. */
struct cgroup_owned {
	const char *dir, *owner;
};
struct cgroup_owned_list {
	struct cgroup_owned *v;
	size_t n;
};
void cgroup_owned_find(struct arena *a, const char *base, struct cgroup_owned_list *found);
