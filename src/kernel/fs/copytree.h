/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * Copy what the directory `from` holds (O_PATH or readable) into the directory `to`; whole: and its own owner, mode,
 * attributes and times. For a tmpfs that starts with the image's content, and for volumes. Returns 0 or -errno.
 *
 * Files, directories, symbolic links and FIFOs, each with owner, mode, times and extended attributes, those that the
 * target takes; holes stay holes. Two names of one file become two files; sockets and devices are left out. No link is
 * followed, no mount is crossed (openat2(2), RESOLVE_NO_XDEV), and nothing is opened for reading but what was found to be
 * a regular file or a directory. Directories in each other: 256 at most, else -ELOOP. Nothing is allocated.
 */
int copytree(int from, int to, bool whole);

/* Remove what the directory holds. */
int copytree_empty(int dir);
