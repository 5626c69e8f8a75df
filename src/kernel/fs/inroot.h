/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Paths inside a root file system whose content is hostile. Every lookup is an openat2(2) (Linux 5.6) with
 * RESOLVE_IN_ROOT below one O_PATH descriptor of the root, so that neither "..", an absolute symbolic link
 * nor a rename while we look can lead out of it. To make what a dangling link leads to, guise puts the link's
 * text into the path, and the kernel looks that up in the same way.
 *
 * All return a descriptor (O_PATH unless said otherwise, O_CLOEXEC, the caller's) or -errno.
 */

/* An existing object. flags as for open(2), O_CLOEXEC is added. */
int inroot_open(int root, const char *path, int flags);

/* A directory, made with all missing parents, mode 0755 and owner 0:0. A symbolic link in the way is
 * followed inside the root, also one that dangles. */
int inroot_make_dir(int root, const char *path, bool real);

/* A file for a bind mount to cover: as found, or made empty with its missing parents. */
int inroot_make_file(int root, const char *path);

/* The parent directory of path, made when missing; *name points at the last component in path. */
int inroot_parent(int root, const char *path, const char **name);
