/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/images.h"

/* The layers of an image that is there (state/images.h), and how large they are. */

/* The digits by which the layer is called below images/layers, 0 is the uppermost; NULL: there is no such. */
const char *layers_name(int images, struct arena *a, const struct image *image, unsigned i);

/* Note how many bytes of tar a layer was unpacked from: images/sizes/HEX, before it is seen. 0 or -errno. */
int layers_note_size(int images, struct arena *a, const char *name, uint64_t bytes);

/* That number, 0 where nobody has noted it; or the bytes of the EROFS image that the layer is. */
uint64_t layers_size(int images, struct arena *a, const char *name);

/* Of all layers of an image together. */
uint64_t layers_image_size(int images, struct arena *a, const struct image *image);
