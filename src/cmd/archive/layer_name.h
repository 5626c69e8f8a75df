/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Names in a layer (OCI image specification, layer.md): what they mean. Pure. */

/* A name in the layer → a path from the root, without "." and empty names, "" for the root itself. -EINVAL
 * "archive-name" for one that is missing or leads upwards. */
int layer_name_clean(struct arena *scratch, const char *name, const char **path, struct err *e);

/* Such an error. Returns -EINVAL. */
int layer_name_bad(const char *name, const char *cause, struct err *e);

/* Whether the last name of a path is a whiteout, and of what. */
enum layer_hides {
	HIDES_NOTHING,
	HIDES_ONE,         /* *hidden, in the same directory: ".wh.NAME" */
	HIDES_ALL,         /* that the directory has of the layers below: ".wh..wh..opq" */
	HIDES_PASSED_OVER, /* what AUFS kept there, which docker leaves out, too: ".wh..wh.NAME" */
	HIDES_BAD,         /* of nothing, or of what no name may be */
};
enum layer_hides layer_name_hides(const char *name, const char **hidden);
