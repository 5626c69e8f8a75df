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
	bool privileged; /* every capability in caps_held, no no_new_privs; seccomp is NULL */
	uint64_t caps_held;
	bool tty, detach;
	struct strv argv, env; /* complete */
};

/* The plan of that process: its command as the first one's was recorded (plan/build/command.h), with what
 * is asked for changed; its cgroups are the container's. Pure. */
void plan_build_exec(struct plan *p, const struct exec_wish *w);
