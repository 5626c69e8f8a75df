/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_ROOT */
struct step_root {
	const char *source; /* absolute path on the host */
	const char *at;     /* where it is mounted until pivot_root, */
	bool born_there;    /* which is where INIT was born: see root.c */
	bool overlay, userxattr;
	bool empty;        /* overlay: no source, only what the next three lists name */
	struct strv below; /* overlay: further directories of the host to cover, "/home" */
	struct strv bound; /* directories of the host that are bound read-only */
	struct strv dirs;  /* empty directories */
	bool from_host;    /* the trees are the first ones of STEP_TREE */
	const char *layer; /* overlay: the directory on disk that is the layer; NULL: a tmpfs of its own is */
	uint64_t layer_tree;  /* the n-th STEP_TREE, from 1 on, is that; 0: INIT opens it */
	uint64_t propagation; /* MS_*; 0: as STEP_PROPAGATION left it */
	bool stays;           /* there is no mount namespace: the tree as it is on the host, */
	bool bound_here;      /* but as a mount of its own for what else is mounted, which undo takes away; */
	uint64_t over;        /* the id of the mount that it lies on: that is not ours */
};

/* The plan's root; NULL: it has none. */
const struct step_root *plan_root(const struct plan *p);
