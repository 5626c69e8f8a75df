/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

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
