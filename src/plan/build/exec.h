/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/seccomp/seccomp.h"
#include "plan/plan.h"
#include "spec/user.h"

/* A further process in a running container, as asked for and looked up. */
struct exec_wish {
	const struct plan *container;         /* its plan, as recorded */
	const char *cgroup;                   /* the home that it is born into; NULL: as in the plan */
	uint64_t enters;                      /* CLONE_NEW*: the namespaces in which guise is not */
	const struct user_ids *user;          /* NULL: the container's */
	const char *workdir;                  /* NULL: the container's */
	const struct seccomp_filter *seccomp; /* of the container's profile; NULL: unconfined */
	bool privileged;                      /* every capability in caps_held, no filter, no no_new_privs */
	uint64_t caps_held;
	bool tty, detach;
	struct strv argv, env; /* complete */
};

/* The plan of that process: the container's own, without what makes the container. So nothing that holds
 * for the first process (limits, capabilities, filter, user) can be forgotten for the second. Pure. */
void plan_build_exec(struct plan *p, const struct exec_wish *w);
