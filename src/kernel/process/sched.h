/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How the kernel schedules the calling process (processor, disk, memory), and to compare with, another one.
 * All return 0 or -errno. */

/* sched_setattr(2). policy is SCHED_*, flags SCHED_FLAG_*; times in nanoseconds. */
struct sched_wish {
	unsigned policy;
	int nice;
	unsigned priority;
	uint64_t flags, runtime, deadline, period;
};
int sched_set(const struct sched_wish *w);

/* sched_getattr(2) */
int sched_get(pid_t pid, struct sched_wish *w);

/* The kernel's name of a policy, "SCHED_BATCH"; NULL: there is none of that number. */
const char *sched_policy_name(unsigned policy);

/* ioprio_set(2): class is IOPRIO_CLASS_*, level 0 to 7. */
int sched_set_io(int class, int level);
int sched_get_io(pid_t pid, int *class, int *level);

/* sched_setaffinity(2) with a list as "0-3,7" (kernel/process/cpulist.h). The kernel leaves out what lies
 * outside the cgroup's cpuset; -EINVAL if nothing is left. */
int sched_set_affinity(const char *cpus);

/* set_mempolicy(2): mode is MPOL_*, flags MPOL_F_*; nodes a list, NULL: none. */
int sched_set_memory(int mode, int flags, const char *nodes);

/* Does the process have the mode, and no nodes but these? 1: yes, 0: no. *now is what it has, as the kernel
 * prints it, "bind=static:0-1". -ENOENT: this kernel knows no nodes. Reads /proc/PID/numa_maps (numa(7)):
 * get_mempolicy(2) tells only the caller's. With MPOL_F_RELATIVE_NODES in flags the nodes are not
 * compared. */
int sched_memory_is(pid_t pid, int mode, int flags, const char *nodes, char *now, size_t size);

/* The kernel's name of a mode, "MPOL_BIND"; NULL: there is none of that number. */
const char *sched_memory_name(int mode);
