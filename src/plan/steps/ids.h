/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* STEP_IDS */
struct step_ids {
	uint64_t first, size;
};
