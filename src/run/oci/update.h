/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroups.h"
#include "spec/limits.h"
#include "state/oci_container.h"

/* Change the limits of a running container, which is locked, to what l gives: a plan of cgroup-set steps. If one fails,
 * those before it are undone, with what the files had. If systemd made its cgroup, systemd is told, too, lest it write
 * the old limits when it is reloaded. The record then has the plan as it would have been with these limits. */
int oci_update(struct oci_container *o, const struct cgroups *g, const struct spec_limits *l, struct err *e);
