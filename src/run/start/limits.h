/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroups.h"
#include "plan/plan.h"
#include "spec/limits.h"

/* Changing the limits of a running container. */

/* What its cgroups have now, as far as the order of the writes depends on it. */
void limits_read(const struct cgroups *g, struct limits_now *now);

/* Append the writes as cgroup-set steps, each with what its file has now: undo writes that. */
void limits_steps(struct plan *p, const struct cgroups *g, const struct limit_write *writes, size_t n);
