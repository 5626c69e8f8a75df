/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroups.h"
#include "plan/plan.h"
#include "spec/limits.h"

/* Changing the limits of a container that runs. */

/* What its cgroups have now, of what the order of the writes depends on. */
void limits_read(const struct cgroups *g, struct limits_now *now);

/* The writes as cgroup-set steps, appended, each with what its file has now: what undo writes. */
void limits_steps(struct plan *p, const struct cgroups *g, const struct limit_write *writes, size_t n);
