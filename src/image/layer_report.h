/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* What guise-archive tells of a layer that it unpacked: written where all went well; else a struct err is. */
struct layer_report {
	uint64_t bytes;   /* of the archive, unpacked */
	uint64_t entries; /* in it */
	uint64_t sizes;   /* of its files together, with their holes, and of those below that it links to */
	uint64_t devices; /* that could not be made, without the privilege */
};
