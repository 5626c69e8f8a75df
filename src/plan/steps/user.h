/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* STEP_USER */
struct step_user {
	uint64_t uid, gid;
	const uint32_t *groups;
	uint64_t n_groups;
	bool keep_groups, keep_caps;
};
