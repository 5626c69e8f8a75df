/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct plan;

/* STEP_PROCESS */
struct step_process {
	uint64_t flags;        /* CLONE_NEW* of the new namespaces */
	const char *cgroup;    /* its home, which it is born in (CLONE_INTO_CGROUP); NULL: none */
	bool moved;            /* a home of v1: nobody is born there, STEP_CGROUP_JOIN moves it */
	bool shared;           /* others may be in that cgroup, too: it does not tell whom undo kills */
	const char *join_pid;  /* born into this pid namespace; NULL: a new one, or guise's */
	const char *join_user; /* and this user namespace, which the new ones then belong to */
	uint64_t enter; /* exec: CLONE_NEW*, those of live.target that it enters; see run/start/enter.h */
	const char *at; /* the directory that it is born in: STEP_ROOT's place; NULL: guise's own */
};

/* The plan's one; NULL: it has none, which no recorded plan is without. */
const struct step_process *plan_process(const struct plan *p);
