/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_MADE */
struct step_made {
	const char *root, *path;
	const char *top; /* the beginning of path that is missing */
	bool file;
};
