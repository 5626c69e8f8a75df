/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Write uid_map and gid_map of a process in a new user namespace (user_namespaces(7)). The maps are
 * lines "INSIDE OUTSIDE SIZE". by_helper: through newuidmap(1) and newgidmap(1), the set-user-id
 * programs that know which subordinate ids a user owns; else directly, and setgroups is denied first
 * where the kernel demands it of a user without privilege. */
int userns_write_maps(pid_t pid, const char *uid_map, const char *gid_map, bool by_helper, struct err *e);
