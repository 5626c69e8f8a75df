/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"

/*
 * The root file system of a container that does not run, as it would have it: a directory that it uses in
 * place, or its layer on disk (state/layer.h) over what is below.
 *
 * Overlays are mounted in a mount namespace of guise's own, where they end with it and nobody else sees
 * them. The container is locked as long as k is open, for a layer is that of one overlay at a time.
 *
 * A descriptor (O_PATH), the caller's. -ENOENT "no-files": what it wrote is gone, or never was.
 */
int ended_root(struct control *k, struct err *e);
