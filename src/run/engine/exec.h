/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"
#include "state/state.h"

/* One more command in a container that runs. */
struct exec_spec {
	const char *container; /* name, id, or its beginning */
	struct strv argv;
	struct strv env;     /* NAME=VALUE, on top of the container's */
	const char *user;    /* "USER[:GROUP]", names are the container's; NULL: its user */
	const char *workdir; /* NULL: the container's */
	bool detach, interactive, tty, privileged;
};

/* Run it. In the foreground *status is the command's exit status; detached it is 0 once the command was
 * executed, and its output goes nowhere. -ESRCH "not-running"; else as run_container(). */
int exec_container(struct state *st, struct arena *a, const struct exec_spec *x, int *status, struct err *e);

/* What exec_container() does first, which may execute guise once more (run/start/protect.h): to be called
 * before anything is read that can be read once only. */
int exec_protect(struct state *st, struct arena *a, const char *container, struct err *e);
