/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/arena.h"

/*
 * In a mount namespace that still has a procfs or a sysfs to be seen whole, the root of a new user namespace may mount
 * another one (mount_namespaces(7), "Restrictions on mount namespaces"; fs/namespace.c, mount_too_revealing()), with all
 * that is masked in those it sees. A root that became / by being moved there (pivot_root(2) was not to be had) leaves the
 * host's behind: out of sight, but there.
 */

/* Take every procfs and sysfs of this mount namespace away but those below the mount with that id (STATX_MNT_ID), or
 * cover what a user namespace may not take away. /proc is gone then. 0 or -errno. */
int hide_kernel_views(struct arena *a, uint64_t but_below);
