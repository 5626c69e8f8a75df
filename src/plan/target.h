/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "kernel/cgroup/member.h"
#include "kernel/fs/mountinfo.h"
#include "kernel/net/netlink.h"

struct plan;
struct step;

/*
 * A process that is looked at from outside: a container's first one, or any other. What the kernel says of
 * it as a whole is read once, when a step first asks for it, and kept here. Descriptors are -1 until there
 * is one, all are O_CLOEXEC.
 *
 * Whoever lives in the container may change it while we look, and have left anything in it. So nothing of
 * it is executed, opened for reading, or entered by guise itself: see plan/look.h.
 */
struct target {
	struct arena *arena;
	pid_t pid; /* 0: there is none any more */
	int pidfd; /* closed by target_close() */

	/* what guise knows of a container of its own; NULL and -1 of any other process */
	const char *id;
	int rundir;
	const struct plan *plan;
	const struct step *step; /* of the plan, that is being read */

	int root;                      /* O_PATH of the root of its mount namespace: target_root() */
	struct mountinfo_list mounts;  /* of that namespace */
	const char *ids[2];            /* target_map() */
	struct cgroup_member *cgroups; /* where it is in each hierarchy: target_cgroup_beside() */
	size_t n_cgroups;
	struct netlink route;  /* rtnetlink in guise's network namespace: plan/steps/net.c */
	struct netlink inside; /* and in its own */
};

/* pidfd may be -1: then nothing in its namespaces can be looked at. */
void target_init(struct target *t, struct arena *a, pid_t pid, int pidfd);
void target_close(struct target *t);

/* The root of its mount namespace, t->root; t->mounts is read with it. The process itself may have another
 * root by now. -errno if it can't be had. */
int target_root(struct target *t);

/* Its cgroup in the hierarchy that the cgroup dir is of; NULL: that isn't known. */
const char *target_cgroup_beside(struct target *t, const char *dir);

/* Its uid_map and gid_map, t->ids; "" where they can't be read: nothing is mapped then. */
enum target_map { TARGET_UIDS, TARGET_GIDS };
const char *target_map(struct target *t, enum target_map map);

/* The id inside that one of the host is. TARGET_NO_ID, which nobody has, where it isn't mapped. */
#define TARGET_NO_ID UINT32_MAX
uint32_t target_id_inside(struct target *t, enum target_map map, uint32_t id);
