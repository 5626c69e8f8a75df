/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/hooks.h"

/* Kill what runs of a container, undo its plan, and remove its directory; then run its poststop hooks, if it
 * was ever created. The container is locked. What cannot be undone is an error: it stays recorded, so that it
 * can be tried again. */
int oci_destroy(struct oci_container *o, const struct oci_warn *warn, struct err *e);

/* delete: only a stopped container or, as in runc, one that was never started. force: any, also one of which
 * only a directory is left, or nothing. */
int oci_delete(struct state *st, struct arena *a, const char *id, bool force, const struct oci_warn *warn,
	       struct err *e);
