/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_WORKDIR */
struct step_workdir {
	const char *path;
	bool must_exist;
};

/* STEP_DIRECTORY */
struct step_directory {
	const char *path;
};
