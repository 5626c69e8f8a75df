/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct plan;

/* STEP_BOUNDING */
struct step_bounding {
	uint64_t keep;
	bool load_filter; /* as in caps */
};

/* STEP_CAPS */
struct step_caps {
	uint64_t effective, permitted, inheritable, ambient;
	bool load_filter; /* and CAP_SYS_ADMIN until guise-init has loaded the filter, which takes it */
};

/* The plan's bounding set; NULL: it has none. */
const struct step_bounding *plan_bounding(const struct plan *p);
