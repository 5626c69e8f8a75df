/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "state/state.h"

/* The descriptors that become 0, 1, 2 of the command; -1: guise's own. */
struct stdio {
	int fd[3];
};

#define STDIO_OWN                                                                                            \
	{                                                                                                    \
		{                                                                                            \
			-1, -1, -1                                                                           \
		}                                                                                            \
	}

/* Make one end of a new pipe the command's n-th descriptor. *ours is the other end, which is never waited at:
 * the command owns the pipe, so it may open both ends, and read what we were about to. */
int stdio_pipe(struct stdio *io, int n, int *ours, struct err *e);

/* Close those that are not guise's own. */
void stdio_close(struct stdio *io);

/*
 * Apply the plan: HOST's first part, the clone, the rest on both sides, until the command is executed.
 * On success live->pid and live->pidfd are the first process, process.json is written, and *terminal is
 * the master of its terminal, if the plan has one (the caller's; else -1). On failure e says what failed,
 * on either side; undoing is the caller's (finish_unbegun()). c is NULL for a further process (exec).
 *
 * A plan with STEP_START (OCI) ends with INIT waiting there on live->start.
 */
int launch(const struct container *c, const struct plan *p, struct live *live, const struct stdio *io,
	   int *terminal, struct err *e);

/* The last part of it: hear of INIT, over live->sync, until it has executed the plan's command. For start,
 * whose first process another command made. */
int launch_await(const struct plan *p, struct live *live, struct err *e);

/* What was launched for an exec shall not go on: kill it and wait for its end. Its zombie may not stay
 * either: the container's pid namespace could not end before that. */
void launch_give_up(const struct live *live);
