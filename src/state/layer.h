/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * The writable layer that a container keeps until it is removed, below the data directory, where it is on
 * disk:
 *
 *     containers/ID/layer/upperN, workN   of its N-th overlay (overlayfs in the kernel's Documentation)
 *     containers/ID/layer/root            where they are mounted, one below another; the root itself where that is put
 *                                         together of directories
 *
 * Which overlay is which, STEP_ROOT says: 0 is that of the root's own source, unless it is empty; those of
 * `below` follow. What is in them the container wrote: nothing of it is to be believed or followed. One
 * with --rm has no such layer, but a tmpfs, which goes with its processes; one whose root is used in
 * place, or is read-only, has none at all.
 *
 * While it runs only the overlay may be written: what is changed below it may show, or not.
 */
enum { LAYER_NAME_MAX = 24 };

/* "upper0". Returns name. */
const char *layer_upper(char name[LAYER_NAME_MAX], unsigned n);

/* Its directory: a descriptor, the caller's, or -ENOENT: it keeps none. */
int layer_open(const struct container *c);

/* The bytes of the files that are in all its overlays, as they are now: 0 with *bytes, or -ENOENT. Files
 * more than LAYER_DEPTH directories down are not counted: the container may have nested any number. */
enum { LAYER_DEPTH = 100 };
int layer_size(const struct container *c, uint64_t *bytes);

/* The same of any directory. */
uint64_t layer_size_below(int dir);

/* Make it, empty, for a container that is made; *path is where it is, in the arena, and NULL where its
 * file system can't hold one. */
int layer_make(const struct container *c, const struct state *st, struct arena *a, const char **path,
	       struct err *e);
