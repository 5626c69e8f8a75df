/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * An overlay of layers that are mounted nowhere, named by descriptors (Linux 6.13: "lowerdir+" and others take them; 6.15: also
 * of detached mounts, such as idmapped ones). So what a user namespace will see is put together outside of it, where the
 * marks of layers, trusted.overlay.*, are believed.
 *
 * The overlay works with the ids of who mounts it, also in its work directory: where that is idmapped, they must be ones that
 * it knows. uid, gid: these, as they are outside; the caller is root.
 *
 * lower: the uppermost first. Returns a mount's descriptor, the caller's, or -errno; -EINVAL and -EBADF: the kernel can't.
 */
int overlay_mount_fds(const int *lower, size_t n, int upper, int work, uid_t uid, gid_t gid);

/*
 * The two directories, below `dir`, that an overlay writes to. `upper` gets the mode of `like`, which is below it, and with
 * `owner` its owner and group: what is merged has those of the uppermost. One that is not mapped in the caller's user
 * namespace is nobody's (65534) there, where that is mapped, and else the caller's. Where the directories are of an earlier use
 * they stay as they are. 0 or -errno.
 */
int overlay_make_dirs(int dir, const char *upper, const char *work, const struct stat *like, bool owner);
