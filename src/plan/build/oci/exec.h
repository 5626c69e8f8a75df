/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"

/*
 * exec: one more process in a container of a bundle. What the recorded plan did for the first process is what the
 * configuration asked of it, so the configuration is read back from there; the caller changes in it what is asked
 * for, or puts another process in its place; and the plan of the new one is built as that of the first was.
 */

/* The part of the configuration that is about the command: process, memoryPolicy, personality. */
void oci_config_of_plan(struct arena *a, const struct plan *container, struct oci_config *c);

/* What the plan depends on beside: oci_facts has caps_held, user_home, seccomp, preserve_fds, die_with_runtime. */
struct oci_exec_wish {
	const struct plan *container; /* as recorded */
	uint64_t enters;              /* CLONE_NEW*: the namespaces in which guise-oci is not */
	struct strv
		cgroups; /* pairs FROM, TO: cgroups below the container's, instead of these; the last one counts */
};

/* Pure. */
void plan_build_oci_exec(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
			 const struct oci_exec_wish *w);
