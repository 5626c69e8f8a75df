/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_USER */
struct step_user {
	uint64_t uid, gid;
	struct idv groups;
	bool keep_groups, keep_caps;
};

/* The user that the command is; NULL: the plan says nothing of it. */
const struct step_user *plan_user(const struct plan *p);
