/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"

/*
 * exec: one more process in a container of a bundle. It is built as the first one was: from the
 * configuration as it was recorded (oci_parse_inherited()), in which the caller changes what is asked for,
 * or puts another process in its place. What holds for every process of the container, its cgroups and
 * namespaces, is taken from the recorded plan.
 */

/* What the plan depends on beside: oci_facts has caps_held, user_home, seccomp, preserve_fds,
 * die_with_runtime. */
struct oci_exec_wish {
	const struct plan *container; /* as recorded */
	uint64_t enters;              /* CLONE_NEW*: the namespaces in which guise-oci is not */
	/* pairs FROM, TO: cgroups below the container's, instead of these; the last one counts */
	struct strv cgroups;
};

/* Pure. */
void plan_build_oci_exec(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
			 const struct oci_exec_wish *w);
