/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"

/* Parts of plan_build_oci(): the container's cgroups, its limits and its devices (config-linux.md, "Control
 * groups"). They are called in this order, around the clone. */

/* HOST, before STEP_PROCESS. Fails where a limit cannot be had (spec/limits.h). */
int build_oci_limits(struct plan *p, const struct oci_config *c, const struct oci_facts *f, struct err *e);

/* The cgroup that the first process is born in (process.cgroup of STEP_PROCESS); NULL: it is moved later. */
const char *build_oci_birth(const struct oci_facts *f);

/* HOST, behind STEP_PROCESS, and INIT: before any other step of INIT, while it sees the runtime's mounts and,
 * in a user namespace, still is the user that made it. */
void build_oci_limits_join(struct plan *p, const struct oci_config *c, const struct oci_facts *f);
