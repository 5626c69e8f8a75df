/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/* What only cgroup v1 has (Documentation/admin-guide/cgroup-v1 in the kernel's tree), and what needs a loop
 * in v1 but one file in v2. */

/* Give dir, a cgroup in the cpuset hierarchy, and its parents below base the cpus and memory nodes of
 * their parent where they have none yet: a new cpuset starts empty and lets no task in. */
int cgroup1_cpuset_inherit(const char *base, const char *dir, struct err *e);

/* Kill every process in the cgroup and below, until none is left or timeout_ms are over (-ETIMEDOUT,
 * "cgroup-busy"). Works in v2 too, for kernels without cgroup.kill. */
int cgroup1_kill(const char *dir, unsigned timeout_ms, struct err *e);

/* Freeze or thaw a cgroup of the freezer hierarchy and, when freezing, wait until all are frozen. */
int cgroup1_freeze(const char *dir, bool frozen, unsigned timeout_ms, struct err *e);
