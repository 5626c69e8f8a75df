/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/findings/check.h"

/*
 * Findings about limits. A limit of a cgroup holds up all below it, so what counts for a process is the whole way from its
 * cgroup to the root, and what is told is the cgroup whose limit it is, once for all who suffer from it.
 *
 * The kernel's counters never go back: what was counted under a limit that has been raised since is no fault any more. So
 * each check asks whether it can have happened under the limit that there is now.
 */
enum { LIMITS_DEPTH = 32 };

/* A process, and whom it stands for. */
struct limited {
	const char *target;
	const struct world_process *process;
	const struct world_container *container; /* or NULL */
};

/* Its cgroups in the hierarchy that has a controller, from its own up. */
struct limits_way {
	const struct world_cgroup *at[LIMITS_DEPTH];
	size_t n;
	bool v1;
};

struct limits {
	struct check *c;
	/* told already, by each check */
	struct limits_told {
		const char *code;
		const struct world_cgroup *cgroup;
	} * told;
	size_t n_told;
};

struct limits_way limits_way(const struct limits *l, const struct limited *who, const char *controller);

/* The number that a file has, or a line "KEY NUMBER" of it; -1: none ("max"), or not there. */
int64_t limits_number(const struct world_cgroup *g, const char *file);
int64_t limits_key(const struct world_cgroup *g, const char *file, const char *key);

const char *limits_dir(struct check *c, const struct world_cgroup *g); /* "/sys/fs/cgroup/a/b" */
const char *limits_size(struct check *c, int64_t bytes);               /* "64.0 MiB" */
bool limits_was_told(const struct limits *l, const char *code, const struct world_cgroup *g);

/* A finding about that cgroup, with a line if it lies above the container's own; NULL: it was told. */
struct finding *limits_tell(struct limits *l, const char *code, const struct limited *who,
			    const struct limits_way *way, size_t level);

/* The checks. memory.c's come in this order: who was killed for memory isn't told to be near the limit, too. */
void limits_oom(struct limits *l, const struct limited *who);
void limits_memory(struct limits *l, const struct limited *who);
