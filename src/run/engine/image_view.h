/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "plan/steps/root.h"

/*
 * The layers of an image outside of a container. Both are mounted in the caller's mount namespace, which is to be its own
 * (kernel/fs/mount.h). A descriptor, the caller's, or -errno with e filled.
 */

/* Together, read-only, as they are below every container of it; what is mounted for that is below `at`. */
int image_view(const struct step_root *root, const char *at, struct err *e);

/* With a container's layer above, as that container has them: `layer` is its directory (state/layer.h), which holds all
 * that is needed since it was made to run, or gets it now. */
int image_view_written(const struct step_root *root, int layer, struct err *e);
