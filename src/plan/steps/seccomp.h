/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct plan;

struct seccomp_filter;

/* STEP_SECCOMP */
struct step_seccomp {
	const char *profile;
	const struct seccomp_filter *filter; /* not recorded */
	/* who gets its listener, and is told what; NULL: nobody */
	const char *listener, *metadata;
};

/* The plan's filter; NULL: it has none. */
const struct step_seccomp *plan_seccomp(const struct plan *p);

/* Does the plan set no_new_privs? */
bool plan_no_new_privs(const struct plan *p);
