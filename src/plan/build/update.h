/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "plan/steps/cgroup.h"

/* What update changes of a container's limits: its plan as it would have been with them from the start.
 * Pure. */
struct update_write {
	const char *path, *file, *value;
	bool optional;
};
struct update_wish {
	const char *home;               /* the container's cgroup */
	const char *enable;             /* v2: controllers more, for the home; NULL: none */
	const struct step_cgroup *made; /* v1: cgroups more */
	size_t n_made;
	const struct update_write *writes;
	size_t n_writes;
};

/* Append the steps of the new plan to p. A file that is written again replaces what was written; "no
 * limit" takes it away, since a new cgroup has none. A cgroup more is entered behind the first process.
 * One that the old plan has already, from an update that was killed, is not there twice. */
void build_update(const struct plan *old, const struct update_wish *w, struct plan *p);

/* Append the steps that make the cgroups more, but for those that are there (an update that was killed
 * made them). */
void build_update_made(const struct update_wish *w, bool (*is_there)(const char *path), struct plan *p);

/* The step that makes the home, of the plan; NULL: it has none. */
const struct step_cgroup *build_update_home(const struct plan *old, const char *home);
