/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/images.h"

/*
 * Taking away: an image, and what no image needs. `images` is locked exclusively, so nobody makes or uses one.
 */

/* Its directory; names that mean it stay. */
int sweep_image(int images, struct arena *a, const struct image *image, struct err *e);

/* How many were removed, and how many bytes these had: of layers, of what they were unpacked from. */
struct sweep_count {
	unsigned n;
	uint64_t bytes;
};

/* Layers and blobs that no image has, and what was left unfinished. Adds to *gone. */
int sweep_rest(const struct state *st, int images, struct arena *a, struct sweep_count *gone, struct err *e);

/* The compressed layers of all images, which are unpacked. To be without is no fault of an image: image/add.h fetches them
 * again. Those that are not compressed stay. */
int sweep_blobs(const struct state *st, int images, struct arena *a, struct sweep_count *gone, struct err *e);
/* What is there of both kinds; locked in any way. */
int sweep_count_blobs(const struct state *st, int images, struct arena *a, struct sweep_count *packed,
		      struct sweep_count *plain, struct err *e);
