/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/image/manifest.h"
#include "spec/spec.h"

struct plan;
struct step;
struct str;
struct target;

/* STEP_ROOT */
struct step_root {
	const char *source; /* absolute path on the host */
	const char *at;     /* where it is mounted until pivot_root, */
	bool born_there;    /* which is where INIT was born: see root.c */
	bool overlay, userxattr;
	uint64_t
		layers; /* source is a directory of so many links to directories, "0" the uppermost; 0: it is the tree */
	struct strv
		erofs; /* which of these lead to EROFS images instead, mounted by the first ones of STEP_TREE: "0", "2" */
	bool empty;        /* overlay: no source, only what the next three lists name */
	struct strv below; /* overlay: further directories of the host to cover, "/home" */
	struct strv bound; /* directories of the host that are bound read-only */
	struct strv dirs;  /* empty directories */
	bool from_host;    /* the trees are the first ones of STEP_TREE, */
	bool whole;        /* or the first of them is all: an overlay that HOST has put together */
	const char *layer; /* overlay: the directory on disk that is the layer; NULL: a tmpfs of its own is */
	uint64_t layer_tree;  /* the n-th STEP_TREE, from 1 on, is that; 0: INIT opens it */
	uint64_t propagation; /* MS_*; 0: as STEP_PROPAGATION left it */
	bool stays;           /* there is no mount namespace: the tree as it is on the host, */
	bool bound_here;      /* but as a mount of its own for what else is mounted, which undo takes away; */
	uint64_t over;        /* the id of the mount that it lies on: that is not ours */
};

/* The names of the layers of an image below `prefix` (12 bytes at most), for the options of an overlay: "image/0:image/1".
 * Appended at p, which has a page; returns its end. More than ROOT_LAYERS_MAX are left out, for which step_root's apply is an
 * error. */
enum { ROOT_LAYERS_MAX = MANIFEST_LAYERS_MAX };
char *root_put_layers(char *p, const char *prefix, uint64_t n);

/* image_links.c: in the working directory, the layers by the names image/0, image/1, ... of which
 * root_put_layers() makes those options; some are mounted there then, in the caller's mount namespace. trees:
 * the mounts of EROFS images, which HOST has made; NULL: they are made here. 0 or -errno. */
int root_link_image(const struct step_root *s, const int *trees);

/* Is the i-th layer in that list? */
bool root_is_erofs(const struct strv *erofs, unsigned i);

/* A directory of the n-th overlay's in the layer, of a kind: "lower", "upper", "work". */
enum { ROOT_LAYER_NAME = 20 };
void root_layer_name(char name[ROOT_LAYER_NAME], const char *kind, unsigned n);

/* root_read.c: step_ops.read */
int root_read(const struct step *want, struct target *t, struct step *have, struct str *text);

/* The plan's root; NULL: it has none. */
const struct step_root *plan_root(const struct plan *p);
