/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/exec.h"

/*
 * exec --cgroup [CONTROLLER[,CONTROLLER]...:]PATH, as runc has it: instead of the container's cgroup in the
 * hierarchies of these controllers, or in all of v1's, the process is put into one below. Beside v1's the
 * unified hierarchy, where no controller is, need not have it.
 */
int oci_exec_cgroups(struct arena *a, const struct strv *wishes, struct oci_exec_wish *w, struct err *e);
