/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/seccomp/seccomp.h"
#include "plan/plan.h"
#include "spec/spec.h"

/*
 * The process that runs a command, as it is configured: where, as whom, with which rights and bounds. Of the first
 * process the spec says it; of a further one (guise exec) what was recorded of the first, with changes. Both are made
 * by the same steps, so nothing that holds for the first can be forgotten for another.
 */
struct command_conf {
	const char *workdir;
	bool workdir_must_exist; /* else it is made */
	const struct spec_rlimit *rlimits;
	size_t n_rlimits;
	uint64_t caps; /* the bounding set; root has all of it, any other user none, as below docker */
	uint64_t caps_held;
	bool no_new_privs;
	uint64_t uid, gid;
	struct idv groups;
	bool keep_groups;
	const char *profile;                 /* the filter's name */
	const struct seccomp_filter *filter; /* NULL: unconfined */
	struct strv argv, env;
	bool init, die_with_guise; /* as in struct step_exec */
};

/* The last part of INIT, in the order that plan/steps/caps.c explains. */
void build_command(struct plan *p, const struct command_conf *c);

/* As the plan of a container has it, but for the filter itself, which isn't recorded. The lists are a's. */
struct command_conf command_conf_recorded(const struct plan *container, struct arena *a);
