/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"

/* What a container has changed in its root file system, from its layer on disk (state/layer.h). What is in
 * that the container wrote: nothing is followed, and no file is opened. */
struct change {
	char kind;        /* 'A' added, 'C' changed, 'D' deleted */
	const char *path; /* absolute, in the container; any bytes */
};

struct changes {
	struct change *v; /* by path */
	size_t n;
};

/* In the arena. A process of a user other than root is in a user namespace then (run/engine/own_ids.h). -ENOENT "no-layer": it
 * has none. */
int changes_read(const struct control *k, struct changes *changes, struct err *e);
