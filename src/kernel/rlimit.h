/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The names of resource limits (getrlimit(2)): "nofile" on a command line, "RLIMIT_NOFILE" in an OCI
 * configuration. */
#define RLIMIT_NAME_COUNT 16

/* The RLIMIT_* of "nofile", "NOFILE" or "RLIMIT_NOFILE"; -1 if there is none of that name. */
int rlimit_from_name(const char *name);

/* "nofile"; NULL if resource is not one of RLIMIT_*. */
const char *rlimit_name(int resource);
