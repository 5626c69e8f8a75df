/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/rlimit.h"

#include <strings.h>
#include <sys/resource.h>

#include "base/str.h"

static const char *const names[] = {
    [RLIMIT_CPU] = "cpu",	    [RLIMIT_FSIZE] = "fsize",
    [RLIMIT_DATA] = "data",	    [RLIMIT_STACK] = "stack",
    [RLIMIT_CORE] = "core",	    [RLIMIT_RSS] = "rss",
    [RLIMIT_NPROC] = "nproc",	    [RLIMIT_NOFILE] = "nofile",
    [RLIMIT_MEMLOCK] = "memlock",   [RLIMIT_AS] = "as",
    [RLIMIT_LOCKS] = "locks",	    [RLIMIT_SIGPENDING] = "sigpending",
    [RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
    [RLIMIT_RTPRIO] = "rtprio",	    [RLIMIT_RTTIME] = "rttime",
};
_Static_assert(ARRAY_LEN(names) == RLIMIT_NAME_COUNT, "a name for every limit");
_Static_assert(RLIMIT_NAME_COUNT == RLIM_NLIMITS, "a limit for every name");

int rlimit_from_name(const char *name)
{
	if (strncasecmp(name, "rlimit_", 7) == 0)
		name += 7;
	for (int i = 0; i < RLIMIT_NAME_COUNT; i++)
		if (strcasecmp(name, names[i]) == 0)
			return i;
	return -1;
}

const char *rlimit_name(int resource)
{
	return resource >= 0 && resource < RLIMIT_NAME_COUNT ? names[resource] : NULL;
}
