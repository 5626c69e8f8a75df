/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/add.h"
#include "spec/image/source.h"
#include "spec/spec.h"

/*
 * Images in directories and archives: oci:, oci-archive:, docker-archive:, dir: (spec/image/source.h). An archive is
 * unpacked beside the store first, by guise-archive; then it is a directory. What is in it is a stranger's: only names that
 * were checked are opened, no link is followed, and nothing but a regular file is read.
 */
struct local;

/* Open it. `images` is the store, locked; limits: of what comes of an archive. The caller closes it. -ENOENT
 * "no-image-file"; "archive" where it is none; -EFBIG "layer-large". */
int local_open(int images, struct arena *a, const struct image_source *source,
	       const struct layer_limits *limits, struct local **local, struct err *e);
void local_close(struct local *l);

/* Its images, from 0 on: the bytes of the manifest or index, what it is, and the names that it has there (which may be
 * none, or no good ones). False: there is no such. */
struct local_image {
	const char *text, *media_type;
	size_t len;
	struct strv names;
};
bool local_image(struct local *l, size_t i, struct local_image *image);

/* Where the bytes of their blobs come from. */
struct image_origin local_origin(struct local *l);
