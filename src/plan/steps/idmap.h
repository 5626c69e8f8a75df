/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_IDMAP */
struct step_idmap {
	const char *uid, *gid; /* "0 1000 1\n..." */
	bool by_helper;
};

struct plan;

/* The last one of a plan; NULL: there is none. */
const struct step_idmap *plan_idmap(const struct plan *p);
