/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/image/source.h"
#include "state/images.h"

/*
 * Images out of the store: as an image layout (OCI image specification, image-layout.md), a directory or a tar file; the
 * same with docker's manifest.json beside it, as docker save has it since version 25, which older ones load, too; or as
 * skopeo's dir:. The blobs are those that came in, so manifests keep their digests. The same images make the same bytes.
 */
struct save_image {
	struct image image;
	struct strv names; /* whole ones, "docker.io/library/alpine:3" */
	const char *tag;   /* of an image layout, and any text; NULL: none */
};

struct save {
	int images; /* the store, locked */
	struct arena *arena;
	enum image_transport transport;
	struct save_image *list;
	size_t n;
};

/* To a descriptor, or into a directory that is empty. -ENOENT "image-blobs" where a compressed layer was given up to save
 * room: before the first byte. */
int save_archive(const struct save *s, int out, struct err *e);
int save_directory(const struct save *s, int dir, struct err *e);
