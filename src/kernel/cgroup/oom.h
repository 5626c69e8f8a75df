/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "kernel/cgroup/cgroup.h"

/*
 * What the kernel knows of a kill for want of memory. Called when a container's life ended, before its
 * cgroup is removed; the start path pays nothing for it, unless the caller takes a snapshot.
 *
 * Three sources, the best first:
 *  1. The kernel's log, /dev/kmsg, where it may be read. The line that begins with "oom-kill:" names
 *     the victim's cgroup (task_memcg), the cgroup whose limit was hit (oom_memcg) and the victim. The
 *     kernel limits the rate of it (10 in 5 seconds), so it can be missing.
 *  2. v2's memory.events. `oom` counts in the cgroup whose limit was hit and in those above it,
 *     `oom_kill` in the victim's and those above. A container's cgroup is new, so both start at 0. Kills
 *     without an `oom` of its own are an ancestor's doing: of the one whose `oom` (memory.events.local)
 *     has grown since the snapshot.
 *  3. v1's memory.oom_control has `oom_kill` of this very cgroup alone. Nothing counts whose limit it was:
 *     memory.failcnt, allocations that met the limit, has to stand for it.
 *
 * Only `oom_kill` counts as "killed": `oom` alone may have ended in an ENOMEM, and v1 does not have it.
 */
enum cgroup_oom_whose {
	OOM_UNKNOWN,  /* no source said */
	OOM_OWN,      /* the container's limit, or one below it */
	OOM_ANCESTOR, /* a limit above the container's */
	OOM_MACHINE,  /* no limit: the machine ran out of memory */
};

struct cgroup_oom {
	uint64_t kills; /* processes killed, by the counter; 0: it was not the OOM killer */
	enum cgroup_oom_whose whose;
	const char *cgroup; /* OWN, ANCESTOR: directory whose limit was hit, in the arena */
	int64_t limit;      /* bytes, of that cgroup, else of the container's; -1: none */
	uint64_t peak;      /* bytes, the container's highest use; 0: not known (v2 before 5.19) */
	pid_t pid;          /* the process killed (the last one), as the host numbers it; 0: not known */
	char comm[16];      /* its name, as the kernel cut it; "" where not known */
};

/* Counters of the ancestors, nearest first, for source 2 and 3. Deeper nests are cut at 8. */
struct cgroup_oom_snapshot {
	unsigned n;
	uint64_t hits[8];
};

/* dir: the container's cgroup in the hierarchy that holds memory; held: which that is; mount: where the
 * hierarchy is mounted. Files that cannot be read count 0. */
void cgroup_oom_snapshot(const char *mount, const char *dir, enum cgroup_held held,
			 struct cgroup_oom_snapshot *s);

/*
 * Fill in o. dir may be NULL (a container without a memory cgroup, on hybrid hosts without a memory
 * limit): then only the log is asked, for a kill of pid, the container's init as the host numbers it.
 * s may be NULL: an ancestor's limit is then found by the log, or by elimination. since: CLOCK_MONOTONIC
 * of the container's start in seconds; older records are not ours. Returns o->kills > 0.
 */
bool cgroup_oom_read(struct arena *a, const char *mount, const char *dir, enum cgroup_held held, pid_t pid,
		     uint64_t since, const struct cgroup_oom_snapshot *s, struct cgroup_oom *o);

/* How many processes the kernel has killed in the cgroup for lack of memory: of v1, in this very one; of v2, below it,
 * too. 0 as well where the cgroup doesn't count memory. */
uint64_t cgroup_oom_kills(const char *dir);

/* Has the machine killed any process for lack of memory, since *kills of them (0: since boot)? Sets *kills to
 * their number now. true as well where that cannot be learned. Takes a twentieth of a millisecond; reading
 * the log of a machine that has run for long takes some (/proc/vmstat, oom_kill: Linux 4.13). */
bool cgroup_oom_since(struct arena *a, uint64_t *kills);

/* The record of one victim in the kernel's log. Exposed for its test. Fields point into line, which is
 * cut up; 0 or -EINVAL if it is another kind of line. */
struct oom_record {
	const char *limit_cgroup; /* oom_memcg; NULL: no limit, the machine was out of memory */
	const char *task_cgroup;
	const char *comm;
	pid_t pid;
};
int oom_record_parse(char *line, struct oom_record *r);
