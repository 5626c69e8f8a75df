/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/* Limits of cgroups, by the files of /sys/fs/cgroup, in whichever version of cgroups holds the controller here. */

/* Is the cgroup of process pid, or one above it up to the machine's own, limited? controller: "memory", "pids". */
bool limit_holds(struct arena *a, int pid, const char *controller);
