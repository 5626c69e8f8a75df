/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Control groups, what both versions share: which hierarchies there are, where a container's cgroup lies in
 * them, and the work on a directory. kernel/cgroup/v2.h and kernel/cgroup/v1.h hold what only one of them
 * has.
 *
 * Theory of operation. A container has one *home* cgroup, made first and always, into which it is born
 * (CLONE_INTO_CGROUP): it tells which processes belong to it, kills them together and carries the
 * device filter. The home lies in cgroup2 wherever one is mounted, even where it holds no controller:
 *
 *     v2      /sys/fs/cgroup/PARENT/ID             home and all limits
 *     hybrid  /sys/fs/cgroup/unified/PARENT/ID     home;
 *             /sys/fs/cgroup/memory/PARENT/ID      ...one per v1 hierarchy that holds a limit asked for
 *     v1      /sys/fs/cgroup/freezer/PARENT/ID     home (or pids); devices/PARENT/ID always
 *
 * A v1 cgroup costs a mkdir and a slow move of the task, so without limits a hybrid host is left with
 * one mkdir. PARENT starts at the top of each hierarchy, as docker's does, not below the cgroup that
 * guise happens to run in: a container must outlive the login session that started it, and its limits
 * shall not depend on where it was started from. Only a user without root starts lower, at the highest
 * cgroup that was delegated to them.
 *
 * All directories are absolute paths, as the plan records and prints them.
 */
enum cgroup_controller {
	CG_MEMORY,
	CG_CPU,
	CG_CPUACCT,
	CG_CPUSET,
	CG_IO, /* "blkio" in v1 */
	CG_PIDS,
	CG_DEVICES, /* v2: a BPF program, not a controller */
	CG_FREEZER, /* v2: cgroup.freeze, in every cgroup */
	CG_HUGETLB,
	CG_RDMA,
	CG_MISC,
	CG_NET_CLS,  /* v1 only */
	CG_NET_PRIO, /* v1 only */
	CG_COUNT,
};

#define CG_BIT(c) (1u << (c))
#define CG_ALL    (CG_BIT(CG_COUNT) - 1)

/* Names as v2 and v1 have them. */
extern const char *const cgroup_name[CG_COUNT];
extern const char *const cgroup_v1_name[CG_COUNT];

enum cgroup_held { CG_NOWHERE, CG_IN_V2, CG_IN_V1 };

/* A mounted v1 hierarchy, of one or several controllers or of a name ("name=systemd"). */
struct cgroup_v1 {
	const char *base;  /* its mount */
	const char *names; /* "cpu,cpuacct": the option that mounts the same again */
	bool cpuset;       /* it holds cpuset, in which a new cgroup takes no process as it is */
};
enum { CGROUP_V1_MAX = 16 };

/* What cgroup_probe() found. A plain value: tests make their own. */
struct cgroup_layout {
	/* Where our cgroups start in cgroup2: its mount point, or the delegated cgroup. NULL: there is no
	 * cgroup2, or (v2_denied) none that this user may write to. */
	const char *v2;
	const char *v2_denied; /* our own cgroup's directory, if this user may not write to it; else NULL */
	const char *v2_mount;  /* cgroup2's mount point; NULL: none */
	const char *v1_home;   /* the v1 mount to track processes by, where there is no cgroup2; else NULL */
	struct {
		enum cgroup_held held;
		const char *base; /* IN_V1: its mount, symbolic links resolved; IN_V2: v2 */
	} at[CG_COUNT];           /* only what was asked of cgroup_probe() is filled in */

	/* By cgroup_probe_every() alone. */
	struct cgroup_v1 v1[CGROUP_V1_MAX];
	unsigned n_v1;
	const char *v2_controllers; /* all there are in v2, as cgroup.controllers has them; NULL: none */

	/* Facts that cost a system call or two each: only for controllers that were asked for. */
	const char *cpus, *mems; /* CPUSET: what may be given out, "0-3,8" */
	bool memsw;              /* MEMORY: swap is accounted */
	bool io_weight;          /* IO, v2: io.weight (blk-iocost) */
	bool bfq_weight;         /* IO: io.bfq.weight or blkio.bfq.weight (the BFQ scheduler) */

	/* By cgroup_probe_missing() alone: in each hierarchy the topmost cgroup that is not there yet. */
	const char *missing[CG_COUNT + CGROUP_V1_MAX];
	unsigned n_missing;
};

/* Find out where the controllers in need (CG_BIT()s) are held, with as few calls as it takes: two
 * statfs(2) and an access(2) for need = 0. A controller that is nowhere is no error here. Strings are
 * literals or in the arena. Fails where no cgroup file system is mounted ("cgroup-none"). */
int cgroup_probe(struct arena *a, unsigned need, struct cgroup_layout *l, struct err *e);

/* Find out, too, what is not needed for a limit: every v1 hierarchy that is mounted, and every controller of
 * v2. For who keeps a container's cgroup in all of them (guise-oci). After cgroup_probe(). */
void cgroup_probe_every(struct arena *a, struct cgroup_layout *l);

/* Find out which cgroups of `parent`, above the container's, are missing. The caller records them before it
 * makes them: guise may be killed between making a cgroup and marking it. After the two above. */
void cgroup_probe_missing(struct arena *a, struct cgroup_layout *l, const char *parent);

/* The topmost cgroup above dir that was missing; NULL: none was. Pure. */
const char *cgroup_missing_above(const struct cgroup_layout *l, const char *dir);

/* Check a --cgroup-parent: names joined by '/', without "..", "." and control characters. A leading
 * '/' is allowed and means the same as none. */
int cgroup_parent_check(const char *parent, struct err *e);

/* The cgroup's directory in the hierarchy that holds c; NULL where it is nowhere. Pure. */
const char *cgroup_dir(struct arena *a, const struct cgroup_layout *l, enum cgroup_controller c,
		       const char *parent, const char *id);
/* The directory base/parent/name; parent may be "/" or "" for the top, or begin with '/'. Pure. */
const char *cgroup_path(struct arena *a, const char *base, const char *parent, const char *name);
/* Its home; NULL where the user may not have any. Pure. */
const char *cgroup_home(struct arena *a, const struct cgroup_layout *l, const char *parent, const char *id);

/* Make the cgroup, and its parents where they are missing; these get the owner mark (an extended
 * attribute) that lets cgroup_remove() take them away again. EEXIST is an error: an id is used once. */
int cgroup_make(const char *dir, struct err *e);

/* The same, but one that exists is used, whoever made it; 1 is returned then. */
int cgroup_ensure(const char *dir, struct err *e);

/* Write one file of the cgroup. */
int cgroup_set(const char *dir, const char *file, const char *value, struct err *e);

/* An O_PATH descriptor of the cgroup, for CLONE_INTO_CGROUP and devfilter_attach(). */
int cgroup_open(const char *dir, struct err *e);

/* Move the process pid into the cgroup; 0 is the caller. */
int cgroup_join(const char *dir, pid_t pid, struct err *e);

/* Would one more process be too many, here or in a cgroup above? -EAGAIN "pids-limit". The kernel refuses a
 * fork at that limit, but not to move a process. A limit of 0 does not count: nobody could enter
 * otherwise. */
int cgroup_check_pids(const char *dir, struct err *e);

/* The error of a fork that a limit on the number of processes has refused. */
int cgroup_no_fork(struct err *e);

/* Is the limit on its processes 0? */
bool cgroup_lets_none_fork(const char *dir);

/* Move the calling thread, alone, into a v1 cgroup: cheaper than cgroup_join(), see
 * plan/steps/cgroup_member.c. */
int cgroup_enter(const char *dir, struct err *e);

/* Is it frozen (or just being frozen), itself or by a cgroup above? Of v2, or of v1's freezer hierarchy; any
 * other cgroup is not. */
bool cgroup_is_frozen(const char *dir);

/* The processes in the cgroup and all below it, in the arena; none if it is gone. Returns 0 or -errno. */
int cgroup_pids(struct arena *a, const char *dir, pid_t **pids, size_t *n);

/* Remove the cgroup and all below it, then each empty parent that is guise's: it has the owner mark, or it is
 * `topmost` or below that. `topmost` was missing when this cgroup was planned; NULL: none was. What is not
 * there is no error. Waits up to timeout_ms for processes that are exiting. */
int cgroup_remove(const char *dir, const char *topmost, unsigned timeout_ms, struct err *e);

/* Waiting for something that has no event: sleep a little, longer each time. False, at once, when the
 * time given at the start is used up. */
struct cgroup_patience {
	unsigned left_us, step_us;
};
#define CGROUP_PATIENCE(ms)                                                                                  \
	{                                                                                                    \
		.left_us = (ms)*1000, .step_us = 250                                                         \
	}
bool cgroup_patience(struct cgroup_patience *p);
