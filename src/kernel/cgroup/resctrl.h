/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"

/*
 * Resource control of a processor's caches and memory bandwidth (Intel RDT and AMD's like of it): the resctrl
 * file system (Documentation/filesystems/resctrl.rst). A group is a directory; its file schemata says what
 * its tasks may use, "L3:0=7f0;1=1f", a line for each resource. 0 or -errno.
 */

/* Where it is mounted; NULL: nowhere. */
const char *resctrl_find(struct arena *a);

/* The lines of `wanted` into the schemata of the group, in one write. */
int resctrl_write(const char *group, const char *wanted);

/* Does the group have each value that the lines of `wanted` have? 1, 0, or -errno. */
int resctrl_has(struct arena *a, const char *group, const char *wanted);

/* The same of two texts. Pure. */
bool resctrl_text_has(const char *schemata, const char *wanted);

/* Put a process into a group, or into a monitoring group (GROUP/mon_groups/NAME) of its own group. */
int resctrl_join(const char *group, pid_t pid);

/* Is it there? 1, 0, or -errno. */
int resctrl_holds(struct arena *a, const char *group, pid_t pid);

/* What the kernel said of the last write or mkdir(2) that failed (info/last_cmd_status), or "". `mount` is
 * resctrl_find()'s. */
const char *resctrl_status(struct arena *a, const char *mount);
