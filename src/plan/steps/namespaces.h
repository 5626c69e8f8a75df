/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct plan;

/* STEP_JOIN_NS */
struct step_join_ns {
	const char *name, *path; /* "net", "/proc/12/ns/net" */
};

/* STEP_TIME_NS: seconds, rest */
struct step_time_ns {
	int64_t monotonic, boottime;
	uint64_t monotonic_ns, boottime_ns;
};

/* STEP_HOSTNAME, STEP_DOMAINNAME */
struct step_uts_name {
	const char *name;
};

/* The host name that the plan sets; NULL: none. */
const char *plan_hostname(const struct plan *p);

/* The next namespace that is entered by path, from the step at *at on, which is moved behind it; NULL: no
 * more. */
const struct step_join_ns *plan_next_join_ns(const struct plan *p, size_t *at);
