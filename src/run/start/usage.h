/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/*
 * What a container uses, for stats of both lives. Its cgroups tell, in either version. On v1, a container of
 * guise has only the cgroups that its limits needed; on v2, only those controllers. What no cgroup counts is
 * summed up over its processes. That sum forgets processes that have ended, and knows no page cache.
 */
struct usage {
	uint64_t at;             /* CLOCK_MONOTONIC, nanoseconds */
	uint64_t cpu;            /* nanoseconds */
	uint64_t memory;         /* bytes, without the page cache that can be had back at once */
	uint64_t memory_limit;   /* bytes: its own, or what the machine has */
	uint64_t received, sent; /* bytes, by all interfaces but lo; 0 in the machine's own network */
	uint64_t bytes_read, bytes_written; /* of disks */
	uint64_t tasks;                     /* processes and threads */
};

/* home NULL: it has no cgroup. first: its first process. What can't be read counts 0. */
void usage_read(struct arena *a, const char *home, pid_t first, const pid_t *pids, size_t n, struct usage *u);
