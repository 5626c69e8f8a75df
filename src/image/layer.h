/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "image/erofs_make.h"
#include "image/layer_report.h"
#include "spec/image/limits.h"

/*
 * Layers in the store: unpacked by guise-archive, a process that has nothing to lose, onto those below, which are there
 * already. What is read of the pipe's other end comes while it is unpacked, so that fetching, digesting, decompressing and
 * writing overlap.
 */
struct layer_stack {
	int images;          /* state/images.h */
	struct arena *arena; /* of the names */
	const char *chain;   /* the chain id of what is there so far; NULL: nothing */
	const char **below; /* the layers so far, layers/HEX, the lowest first: directories or EROFS images */
	size_t n;
	struct layer_limits limits;
	bool erofs;       /* what comes anew is kept as EROFS images (erofs_make.h) */
	uint64_t devices; /* that could not be made */
};

/* The chain id with that layer on top. */
const char *layer_chain(const struct layer_stack *s, const char *diff_id);

/* Is it there with that layer on top? Then that is the stack now. */
bool layer_is_there(struct layer_stack *s, const char *diff_id);

/* Regular files of all layers together, as a container sees them; a text is NULL where there is none, or one that is
 * larger than any of its kind (1 MiB). */
int layer_read(struct layer_stack *s, const char *const *paths, size_t n, char **texts, struct err *e);

/* All of them together, mounted to be read until layer_view_end(): a descriptor, the caller's. What is in it is a stranger's
 * (kernel/fs/inroot.h). */
struct layer_unpack;
int layer_view(struct layer_stack *s, struct layer_unpack *u, int *root, struct err *e);
void layer_view_end(const struct layer_stack *s, struct layer_unpack *u);

/* Being unpacked: write the compressed layer to `in`, which does not wait (EAGAIN), close it, and once `report`
 * can be read, call layer_unpacked(); once it can be read again, layer_end(). So neither takes time, but
 * that layer_end() waits for mkfs.erofs where that has warned of something, which can be read before its end. */
struct layer_unpack {
	int in, report;
	/* the rest is layer.c's */
	pid_t pid;
	int upper;
	char name[64];
	uint64_t bytes;         /* of the archive */
	struct erofs_make make; /* pid 0: none is made */
};

int layer_begin(struct layer_stack *s, const char *diff_id, struct layer_unpack *u, struct err *e);

/* All is written: closes `in`, and waits. Where layers are kept as EROFS images, its own begins to be made, but
 * not with fetched false: its content could not be had. */
int layer_unpacked(struct layer_stack *s, struct layer_unpack *u, bool fetched, struct err *e);

/* Waits, and puts it on the stack; or, good false: something has failed, and nothing is kept. */
int layer_end(struct layer_stack *s, const char *diff_id, struct layer_unpack *u, bool good, struct err *e);
