/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Open a file of the procfs mounted at the descriptor proc: the file itself, not what is mounted over it or
 * what a link on the way points to. An image, or a mount of the container's own, may put something there, and
 * that must never be written to in the kernel's stead (CVE-2019-16884, CVE-2019-19921). The caller closes the
 * descriptor. -EXDEV where something is mounted on the way, else -errno. */
int procfs_open(int proc, const char *path, int flags);
