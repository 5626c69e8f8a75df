/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * Images of EROFS, a file system that is read-only (Documentation/filesystems/erofs.rst): a regular file is
 * mounted, by Linux 6.12 itself (CONFIG_EROFS_FS_BACKED_BY_FILE), and before that by a loop device that goes
 * with the mount. File systems of the kernel do not stand what an attacker has made: only images that guise
 * has had made are mounted.
 */

/* May this process mount one? 0; -ENODEV: the kernel has no EROFS; -EPERM: not allowed, as it never is in a
 * user namespace. */
int erofs_possible(void);

/* Is it a regular file, or a link to one? */
bool erofs_is_file(int dir, const char *path);

/* A mount of that file, mounted nowhere: read-only, no devices, no set-user-id. A descriptor, the caller's, or
 * -errno, for which mount_log() may have a reason. */
int erofs_mount(int dir, const char *path);

/* Attach such a mount to a directory that is made for it; both at once. 0 or -errno. */
int erofs_attach(int tree, int dir, const char *name);
int erofs_mount_at(int dir, const char *name, const char *path);

/* What erofs_mount() does where the kernel mounts no files. file: open for reading. */
int erofs_mount_by_loop(int file);
