/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define CGROUP2_CALLERS "guise-callers"

/* What only cgroup v2 has (Documentation/admin-guide/cgroup-v2.rst in the kernel's tree). */

/*
 * Have the controllers (names, space-separated: "cpu memory") in the cgroup dir, by enabling in
 * cgroup.subtree_control of its ancestors, from base down, those that are missing there.
 *
 * A delegated base may have processes in it: guise, and who started it. The kernel then refuses to enable
 * anything (EBUSY). So they are moved into the cgroup base/CGROUP2_CALLERS, as systemd asks of programs with
 * a delegated cgroup. That cgroup goes with the delegation.
 *
 * To be called once dir exists: from then on no other guise can find one of its parents empty, and remove it
 * with what we enabled.
 */
int cgroup2_enable(const char *base, const char *dir, const char *controllers, struct err *e);

/* The same as far as possible, and without an error: for controllers that no limit needs, wanted for what
 * they count. */
void cgroup2_enable_wanted(const char *base, const char *dir, const char *controllers);

/* Give the cgroup to a user: the directory and the files named in /sys/kernel/cgroup/delegate (Linux 4.15).
 * The user can then make cgroups below it, but not raise its limits (cgroups(7), "Cgroups delegation"). */
int cgroup2_give(const char *dir, uid_t uid, struct err *e);

/* Kill every process in the cgroup and below (cgroup.kill, Linux 5.14), without waiting for their end. A
 * cgroup that is gone has nobody to kill. -ENOSYS, without an error set, on older kernels. */
int cgroup2_kill(const char *dir, struct err *e);

/* Freeze or thaw (Linux 5.2) and, when freezing, wait until all are frozen. */
int cgroup2_freeze(const char *dir, bool frozen, unsigned timeout_ms, struct err *e);
