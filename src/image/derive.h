/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "image/add.h"
#include "state/images.h"

/*
 * An image of one's own: the layers of another one, or none, and one on top, which is a tar file in the store (image/blob.h).
 * It is not compressed there, so its digest is what it unpacks to, too. What comes of it is put into the store in the way of
 * any other image (image/add.h).
 */
struct derive {
	struct image_add add;       /* store, arena, limits; its origin is not asked */
	const struct image *parent; /* NULL: none */
	json_object *
		config; /* the parent's configuration, as it shall be now but for what follows. The caller's */
	const char *layer;                                   /* the digest */
	uint64_t size;                                       /* of it */
	const char *created, *created_by, *author, *comment; /* created_by and what follows may be NULL */
};

/* *digest: of its manifest. */
int derive_image(struct derive *d, const char **digest, struct err *e);
