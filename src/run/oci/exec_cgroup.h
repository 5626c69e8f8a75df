/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/exec.h"

/*
 * exec --cgroup [CONTROLLER[,CONTROLLER]...:]PATH, as runc has it: the process is put into a cgroup below the
 * container's, in the hierarchies of these controllers, or in all of v1's. The unified hierarchy beside v1's
 * has no controllers, so the cgroup need not be there.
 */
int oci_exec_cgroups(struct arena *a, const struct strv *wishes, struct oci_exec_wish *w, struct err *e);
