/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_IDMAP */
struct step_idmap {
	const char *uid, *gid; /* "0 1000 1\n..." */
	bool by_helper;
};
