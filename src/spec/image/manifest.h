/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * What an image is made of: bytes → checked model. Pure. The OCI image specification 1.1 (manifest.md, image-index.md,
 * descriptor.md), and docker's "Image Manifest Version 2, Schema 2", which differs in names only.
 *
 * All memory is the arena's. Digests are those of spec/image/digest.h; nothing else of a manifest may become a path.
 */
enum {
	MANIFEST_BYTES_MAX = 4 << 20, /* that of a manifest and of a configuration */
	MANIFEST_LAYERS_MAX = 400,    /* whose names fit into a page of mount options; overlayfs has 500 */
	MANIFEST_ENTRIES_MAX = 4096,
};

/* How a layer is packed. What it is called by, not what its bytes are. */
enum layer_packing { LAYER_TAR, LAYER_GZIP, LAYER_ZSTD };

/* Something by its content. */
struct descriptor {
	const char *media_type;
	const char *digest;
	uint64_t size;
	enum layer_packing packing; /* of a layer */
};

struct platform {
	const char *os, *architecture; /* as Go has them: "linux", "amd64" */
	const char *variant;           /* "v7"; NULL: none */
};

struct manifest {
	const char *media_type; /* what to send it as */
	bool index;             /* a list of manifests, one a platform; else layers */
	/* a manifest's */
	struct descriptor config;
	struct descriptor *layers; /* the lowest first */
	size_t n_layers;
	/* an index's: those that are images of some platform */
	struct manifest_entry {
		struct descriptor manifest;
		struct platform platform;
		/* of an image layout: org.opencontainers.image.ref.name, and io.containerd.image.name; NULL */
		const char *name, *full_name;
	} * entries;
	size_t n_entries;
};

/* media_type: what it was sent as; NULL: it says itself, or its members do. -EINVAL "bad-manifest", which names the
 * member; -ENOTSUP "no-image" for what is none, such as an artifact or a chart; "old-manifest" for docker's schema 1. */
int manifest_parse(struct arena *a, const char *text, size_t len, const char *media_type, struct manifest *m,
		   struct err *e);

/* Is it the media type of a manifest or an index? */
bool manifest_is(const char *media_type);

/* "linux/arm64/v8" or "arm64" → platform. -EINVAL "bad-platform". */
int platform_parse(struct arena *a, const char *text, struct platform *p, struct err *e);
/* That of this machine (uname(2)). */
void platform_here(struct arena *a, struct platform *p);
/* "linux/arm64/v8" */
const char *platform_text(struct arena *a, const struct platform *p);

/* The entry of an index that runs there best, or NULL: the same variant, or the next older one. */
const struct manifest_entry *manifest_choose(const struct manifest *index, const struct platform *p);
