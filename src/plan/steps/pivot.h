/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* How the root becomes /: by pivot_root(2); by moving its mount there, for --no-pivot (an initial root
 * file system in memory cannot be pivoted); by chroot(2) alone, without a mount namespace. */
enum pivot_how { PIVOT_ROOT, PIVOT_MOVE, PIVOT_CHROOT };

/* STEP_PIVOT */
struct step_pivot {
	uint64_t how; /* enum pivot_how */
};

/* STEP_REMOUNT */
struct step_remount {
	const char *path; /* NULL: the root */
	const char *data;
	uint64_t attr, attr_clear;
};
