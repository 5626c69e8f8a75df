/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/image/manifest.h"

/*
 * An image with its layers compressed, as registries have them. Those that were made here (image/derive.h), or came in
 * docker's archives, are not, in the store; they are compressed for each push, and their image has another digest
 * there. Its id stays, which is that of its configuration. The same layers make the same bytes.
 */
enum press_format { PRESS_GZIP, PRESS_ZSTD, PRESS_NONE };

struct press {
	int images; /* state/images.h, locked */
	struct arena *arena;
	enum press_format format;
	/* a manifest of the store; then the one that is to be sent. What came compressed stays as it is */
	const char *text;
	size_t len;
	struct manifest manifest;
	/* of each layer a file that has it, or -1: it is in the store */
	int *files;
};

/* The caller ends it in any case. "image-broken" where a layer is not there; of run/engine/archive.h. */
int press_layers(struct press *p, struct err *e);
void press_end(struct press *p);
