/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/*
 * Whose a cgroup is, as an extended attribute that lives as long as it: cgroup2 takes user.* from whoever owns the
 * directory, v1 takes trusted.* from root alone. Where neither is taken, a cgroup has no mark, which is no failure.
 */

/* A cgroup above those of containers, which guise made and may remove. */
void cgroup_mark_parent(const char *dir);
bool cgroup_is_parent(const char *dir);

/* The cgroup of something that is gone once nobody knows of its owner any more. */
void cgroup_mark_owner(const char *dir, const char *owner);

/* All that have such a mark, in base and below. What lies below such a one is its own, and is not looked at. */
struct cgroup_owned {
	const char *dir, *owner;
};
struct cgroup_owned_list {
	struct cgroup_owned *v;
	size_t n;
};
void cgroup_owned_find(struct arena *a, const char *base, struct cgroup_owned_list *found);
