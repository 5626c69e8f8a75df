/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* STEP_CGROUP_JOIN, STEP_CGROUP_ENTER */
struct step_cgroup_member {
	const char *path;
};

/* STEP_CGROUP_OWNER */
struct step_cgroup_owner {
	const char *path;
	uint64_t uid;
};

/* STEP_OOM_SCORE */
struct step_oom_score {
	int64_t value;
};
