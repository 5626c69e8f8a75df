/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/sched.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/process/cpulist.h"

static const char *const policy_name[] = {
	[SCHED_NORMAL] = "SCHED_OTHER", [SCHED_FIFO] = "SCHED_FIFO", [SCHED_RR] = "SCHED_RR",
	[SCHED_BATCH] = "SCHED_BATCH",  [SCHED_IDLE] = "SCHED_IDLE", [SCHED_DEADLINE] = "SCHED_DEADLINE",
};

static const char *const memory_name[] = {
	[MPOL_DEFAULT] = "MPOL_DEFAULT",  [MPOL_PREFERRED] = "MPOL_PREFERRED",
	[MPOL_BIND] = "MPOL_BIND",        [MPOL_INTERLEAVE] = "MPOL_INTERLEAVE",
	[MPOL_LOCAL] = "MPOL_LOCAL",      [MPOL_PREFERRED_MANY] = "MPOL_PREFERRED_MANY",
	[6] = "MPOL_WEIGHTED_INTERLEAVE", /* Linux 6.9 */
};

/* In numa_maps (mm/mempolicy.c, policy_modes) */
static const char *const memory_shown[] = {
	[MPOL_DEFAULT] = "default",  [MPOL_PREFERRED] = "prefer",
	[MPOL_BIND] = "bind",        [MPOL_INTERLEAVE] = "interleave",
	[MPOL_LOCAL] = "local",      [MPOL_PREFERRED_MANY] = "prefer (many)",
	[6] = "weighted interleave",
};
_Static_assert(ARRAY_LEN(memory_shown) == ARRAY_LEN(memory_name), "every mode has both names");

int sched_set(const struct sched_wish *w)
{
	struct sched_attr a = { .size = sizeof(a),
				.sched_policy = w->policy,
				.sched_flags = w->flags,
				.sched_nice = w->nice,
				.sched_priority = w->priority,
				.sched_runtime = w->runtime,
				.sched_deadline = w->deadline,
				.sched_period = w->period };

	return syscall(SYS_sched_setattr, 0, &a, 0) < 0 ? -errno : 0;
}

int sched_get(pid_t pid, struct sched_wish *w)
{
	struct sched_attr a = { .size = sizeof(a) };

	if (syscall(SYS_sched_getattr, pid, &a, sizeof(a), 0) < 0)
		return -errno;
	*w = (struct sched_wish){ .policy = a.sched_policy,
				  .nice = a.sched_nice,
				  .priority = a.sched_priority,
				  .flags = a.sched_flags,
				  .runtime = a.sched_runtime,
				  .deadline = a.sched_deadline,
				  .period = a.sched_period };
	return 0;
}

const char *sched_policy_name(unsigned policy)
{
	return policy < ARRAY_LEN(policy_name) ? policy_name[policy] : NULL;
}

int sched_set_io(int class, int level)
{
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(class, level)) < 0 ? -errno :
												     0;
}

int sched_get_io(pid_t pid, int *class, int *level)
{
	long v = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);

	if (v < 0)
		return -errno;
	*class = (int)IOPRIO_PRIO_CLASS(v);
	*level = (int)(v & ((1 << 3) - 1)); /* above them are hints (Linux 6.5) */
	return 0;
}

int sched_set_affinity(const char *cpus)
{
	unsigned long mask[CPULIST_WORDS];
	int r = cpulist_parse(cpus, mask);

	if (r < 0)
		return r;
	return syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask) < 0 ? -errno : 0;
}

int sched_set_memory(int mode, int flags, const char *nodes)
{
	unsigned long mask[CPULIST_WORDS];
	int r = nodes ? cpulist_parse(nodes, mask) : 0;

	if (r < 0)
		return r;
	/* the kernel takes one bit less than it is told of (mm/mempolicy.c, get_nodes()) */
	return syscall(SYS_set_mempolicy, mode | flags, nodes ? mask : NULL, nodes ? CPULIST_BITS : 0) < 0 ?
		       -errno :
		       0;
}

/* Are the nodes of the list among those of the other? */
static bool is_within(const char *list, const char *of)
{
	unsigned long all[CPULIST_WORDS], some[CPULIST_WORDS];

	if (!of || cpulist_parse(of, all) < 0 || cpulist_parse(list, some) < 0)
		return false;
	for (size_t i = 0; i < CPULIST_WORDS; i++)
		if (some[i] & ~all[i])
			return false;
	return true;
}

int sched_memory_is(pid_t pid, int mode, int flags, const char *nodes, char *now, size_t size)
{
	char path[32], text[256], *policy, *end;
	const char *rest;
	ssize_t n;

	/* "7f0010a000 bind=static:0 file=..." */
	snprintf(path, sizeof(path), "/proc/%d/numa_maps", pid);
	if ((n = io_read_small(AT_FDCWD, path, text, sizeof(text))) < 0)
		return (int)n;
	if (!(policy = strchr(text, ' ')))
		return -ENOENT;
	/* behind the policy: file=..., anon=..., or another word with a '='; "(many)" and "interleave" are
	 * part of it */
	end = strchr(++policy, ' ');
	while (end && (str_after(end, " (many)") || str_after(end, " interleave")))
		end = strchr(end + 1, ' ');
	if (end)
		*end = '\0';
	policy[strcspn(policy, "\n")] = '\0';
	snprintf(now, size, "%s", policy);
	/* without nodes, the preferred one is the local one */
	if (mode == MPOL_PREFERRED && !nodes)
		mode = MPOL_LOCAL;
	if (!sched_memory_name(mode) || !(rest = str_after(policy, memory_shown[mode])) ||
	    (*rest && !strchr("=:", *rest)))
		return 0;
	rest = strchr(rest, ':');
	return !rest || (flags & MPOL_F_RELATIVE_NODES) || is_within(rest + 1, nodes);
}

const char *sched_memory_name(int mode)
{
	return mode >= 0 && mode < (int)ARRAY_LEN(memory_name) ? memory_name[mode] : NULL;
}
