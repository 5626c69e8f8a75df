/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* What guise-archive is told of a layer that it unpacks, and what it tells of it. */
struct layer_limits {
	uint64_t bytes, entries;
	uint64_t ratio; /* of what is unpacked to what was compressed, beyond the first 100 MiB */
};

/* Written where all went well; else a struct err is. */
struct layer_report {
	uint64_t bytes;   /* of the archive, unpacked */
	uint64_t entries; /* in it */
	uint64_t devices; /* that could not be made, without the privilege */
};
