/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Open a file of the procfs mounted at the descriptor proc: itself, and nothing that lies over it or that a link on
 * the way points to. What an image, or a mount of the container's own, puts there must never be written to in the
 * kernel's stead (CVE-2019-16884, CVE-2019-19921). A descriptor that the caller closes; -EXDEV where something is
 * mounted over the way, -errno else. */
int procfs_open(int proc, const char *path, int flags);
