/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "spec/spec.h"

struct plan;

/* STEP_CGROUP */
struct step_cgroup {
	const char *path, *base;
	const char *controllers; /* v2: to be enabled on the way from base to path; NULL: none */
	const char *wanted;      /* the same, but only those that can be had */
	const char *topmost;     /* the topmost cgroup above it that is missing, too; NULL: none is */
	bool cpuset;             /* v1 cpuset: inherit cpus and mems from base on */
	bool shared;             /* one that exists is used, and removed only without processes */
};

/* STEP_CGROUP_SET */
struct step_cgroup_set {
	const char *path, *file, *value;
	const char *was; /* update: what undo writes; NULL: nothing */
	bool optional;   /* only if there is the file */
};

/* STEP_CGROUP_DEVICES */
struct step_cgroup_devices {
	const char *path;
	struct strv rules; /* "allow c 1:3 rwm" */
	bool v1;
};

/* The next cgroup that is made, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_cgroup *plan_next_cgroup(const struct plan *p, size_t *at);

/* The next file that is written, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_cgroup_set *plan_next_cgroup_set(const struct plan *p, size_t *at);
