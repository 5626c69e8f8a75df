/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/images.h"

/*
 * Taking away: an image, and what no image needs. `images` is locked exclusively, so nobody makes or uses one.
 */

/* Its directory; names that mean it stay. */
int sweep_image(int images, struct arena *a, const struct image *image, struct err *e);

/* Layers and blobs that no image has, and what was left unfinished. *n counts what was removed. */
int sweep_rest(const struct state *st, int images, struct arena *a, unsigned *n, struct err *e);
