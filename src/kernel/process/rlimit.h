/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* The names of resource limits (getrlimit(2)): "nofile" on a command line, "RLIMIT_NOFILE" in an OCI
 * configuration. */
#define RLIMIT_NAME_COUNT 16

/* The RLIMIT_* of "nofile", "NOFILE" or "RLIMIT_NOFILE"; -1 if there is none of that name. */
int rlimit_from_name(const char *name);

/* "nofile"; NULL if resource is not one of RLIMIT_*. */
const char *rlimit_name(int resource);

/* A limit in the text of /proc/PID/limits (proc_pid_limits(5)): its rows are in the order of the numbers.
 * RLIM_INFINITY: unlimited. 0 or -EINVAL. */
int rlimit_parse(const char *text, int resource, uint64_t *soft, uint64_t *hard);

/* The same for a process. Not by prlimit(2), which takes CAP_SYS_RESOURCE over another user's. 0 or
 * -errno. */
int rlimit_of(pid_t pid, int resource, uint64_t *soft, uint64_t *hard);
