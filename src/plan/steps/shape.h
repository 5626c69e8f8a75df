/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* STEP_SHAPE, STEP_SHAPE_INSIDE: how fast a link sends */
struct step_shape {
	const char *link, *network;
	uint64_t rate, burst, limit; /* kernel/net/shape.h; rate in bits per second */
};
