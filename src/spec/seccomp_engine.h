/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/json.h"

/*
 * What engines' own profiles (docker's, podman's) have beyond the specification: rules that hold for some
 * containers only. "includes" and "excludes" of a rule are objects of conditions: "caps" (in the bounding
 * set), "arches" (as Go calls them) and "minKernel". A rule holds if all that it includes is so, and nothing
 * that it excludes.
 */
struct seccomp_host {
	uint64_t caps;
	uint32_t arch; /* AUDIT_ARCH_* */
	unsigned kernel_major, kernel_minor;
};

/* Has the rule such conditions? */
bool seccomp_engine_has_conditions(struct json_reader *r, struct json_object *rule);

/* Do they hold? A condition that isn't known is the reader's failure: it was meant to narrow something. */
bool seccomp_engine_holds(struct json_reader *r, struct json_object *rule, const struct seccomp_host *h);
