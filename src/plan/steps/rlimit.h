/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* STEP_RLIMIT, STEP_HOST_RLIMIT */
struct step_rlimit {
	const char *name;
	int64_t resource;
	uint64_t soft, hard;
};
