/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/arena.h"

/*
 * If a mount namespace has a procfs or a sysfs with nothing mounted over it, the root of a new user namespace
 * may mount another one (mount_namespaces(7), "Restrictions on mount namespaces"; fs/namespace.c,
 * mount_too_revealing()). That one shows all that is masked in the container's. A root that was moved to /
 * (where pivot_root(2) is impossible) leaves the host's procfs and sysfs behind: out of sight, but there.
 */

/* Unmount every procfs and sysfs of this mount namespace, except those below the mount with that id
 * (STATX_MNT_ID). What a user namespace may not unmount is covered. /proc is gone then. 0 or -errno. */
int hide_kernel_views(struct arena *a, uint64_t but_below);
