/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * Can the file system of a directory hold an overlay's upper layer (overlayfs in the kernel's Documentation,
 * "Upper")? It must be a local one, no overlay itself, and have directory entries with types. It must have
 * extended attributes, trusted.* or, where a user namespace mounts the overlay (`user`), user.*: a tmpfs has
 * those from Linux 6.6 on.
 */
bool upper_is_possible(int dir, bool user);
