/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/layer.h"
#include "spec/image/manifest.h"

/*
 * An image into the store, from wherever its bytes come: manifest, configuration, each layer that is not there yet, and at
 * last the directory that says that all of it is there.
 */

/*
 * Where bytes come from. What comes is verified, so nothing has to be promised. -errno with e filled.
 *
 * An origin without `read` gives a descriptor from which the blob can be read to its end, the caller's; the blob is kept, and
 * verified, by the caller. One with it keeps the blob itself, verified, before `read` says that this was the end; then the
 * descriptor is only what `read` knows it by, and the caller closes it.
 */
struct image_origin {
	int (*open)(void *arg, const struct descriptor *blob,
		    struct err *e); /* NULL: all that is needed is there */
	void *arg;
	/* the next bytes; 0: that was all */
	ssize_t (*read)(void *arg, int fd, void *data, size_t len, struct err *e);
	/* it failed: may it be opened once more, of another place, since what came was not as it should be? Then e is as
	 * before; else it says what stands: a fault of here, or, of several places, what was wrong at the first. Or NULL */
	bool (*again)(void *arg, const struct descriptor *blob, struct err *e);
	/* these will be asked for, in this order; or NULL */
	void (*expect)(void *arg, const struct descriptor *const *blobs, size_t n);
	/* go on with what is under way, till the descriptor is ready for `events`, as poll(2); or NULL */
	void (*await)(void *arg, int fd, short events);
};

struct image_add {
	int images; /* state/images.h, locked: LOCK_SH */
	struct arena *arena;
	struct platform platform;
	struct layer_limits limits;
	bool erofs; /* layers that are not here yet are kept as EROFS images, and not as directories: erofs_make.h */
	uint64_t devices; /* how many of the layers' were left out, since only root makes them */
	struct image_origin origin;
	/* a line for each layer, or NULL: "layer" of so many, and whether it is there already */
	void (*tell)(void *arg, const struct descriptor *layer, bool there);
	void *tell_arg;
};

/* The manifest, or an index of several, of that digest. *digest: that of the manifest that fits the platform.
 * -ENOENT "no-platform", which names those there are; what blob.h, layer.h and spec/image/manifest.h say. */
int image_add(struct image_add *add, const char *text, size_t len, const char *media_type,
	      const char **digest, struct err *e);
