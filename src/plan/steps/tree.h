/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

/* STEP_PROPAGATION */
struct step_propagation {
	uint64_t flags; /* MS_* */
};

/* STEP_TREE */
struct step_tree {
	const char *source;
	const char *mnt_ns; /* the mount namespace where source is; NULL: guise's */
	const char *type,
		*data; /* a new file system instead, or "erofs": of the image that is at source; NULL: what is there */
	bool nofollow;               /* a symbolic link itself */
	bool idmap, idmap_recursive; /* its owners mapped by the container's user namespace, */
	/* or, given, by these maps: lines "INSIDE OUTSIDE SIZE" */
	const char *uid_map, *gid_map;
	bool recursive;
	/* source is the directory of an image with so many layers (state/images.h): they all, below `layer`, a directory on
	 * disk, or a tmpfs: tree_image.c. 0: it is what is to be mounted */
	uint64_t layers;
	const char *layer;
	struct strv erofs; /* as in struct step_root */
};
