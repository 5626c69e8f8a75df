/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

/* STEP_USER */
struct step_user {
	uint64_t uid, gid;
	struct idv groups;
	bool keep_groups, keep_caps;
};
