/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroups.h"
#include "plan/plan.h"

/* Change the limits of a running container to what l gives: a plan of cgroup-set steps. If one fails, those
 * before it are undone, with what the files had. made: the container's plan. If systemd made its cgroup,
 * systemd is told, too, lest it write the old limits when it is reloaded. */
int oci_update(struct arena *a, const struct cgroups *g, const struct spec_limits *l, const struct plan *made,
	       struct err *e);

/* The plan alone. */
int oci_update_plan(struct plan *p, const struct cgroups *g, const struct spec_limits *l, struct err *e);
