/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* How much may come of what a stranger has compressed: a few kilobytes can be made to fill any disk. */
struct layer_limits {
	uint64_t bytes, entries;
	uint64_t ratio; /* of what is unpacked to what was compressed, beyond the first 100 MiB */
};
