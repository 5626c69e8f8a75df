/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroup.h"
#include "plan/plan.h"

/* What the plans for made-up machines have in common. */

/* Where the cgroups are: "v2", "hybrid" or "v1" for root, "user" for an ordinary user. */
void machine_cgroups(struct arena *a, const char *machine, struct cgroup_layout *l);

/* Is what was recorded read back as the same plan? */
int machine_check_record(const struct plan *p, const char *recorded, struct err *e);
