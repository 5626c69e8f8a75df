/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct seccomp_filter;

/* STEP_SECCOMP */
struct step_seccomp {
	const char *profile;
	const struct seccomp_filter *filter; /* not recorded */
	/* who gets its listener, and is told what; NULL: nobody */
	const char *listener, *metadata;
};
