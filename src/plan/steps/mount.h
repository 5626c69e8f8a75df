/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;

/* STEP_MOUNT */
struct step_mount {
	const char *type, *source, *target, *data;
	uint64_t attr, attr_clear;         /* MOUNT_ATTR_*: set, and cleared, on this mount */
	uint64_t attr_reset;               /* cleared too, unless they are locked (mount_namespaces(7)) */
	uint64_t rec_attr, rec_attr_clear; /* then set and cleared on it and those below it */
	uint64_t propagation;              /* MS_* */
	bool recursive, copy_up;
	bool real_directory;           /* target may be no symlink */
	bool file;                     /* the bound source was no directory when the plan was made */
	bool link_source, link_target; /* a symbolic link itself is bound, or covered */
	uint64_t tree;                 /* bind: the n-th STEP_TREE, from 1 on, instead of the source */
};

/* The next mount, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_mount *plan_next_mount(const struct plan *p, size_t *at);
