/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "run/state.h"

/* The descriptors that become 0, 1, 2 of the command; -1: guise's own. */
struct stdio {
	int fd[3];
};

/*
 * Apply the plan: HOST's first part, the clone, the rest on both sides, until the command is executed.
 * On success live->pid and live->pidfd are the first process, process.json is written, and *terminal is
 * the master of its terminal, if the plan has one (the caller's; else -1). On failure e says what failed,
 * on either side; undoing is the caller's (finish_unbegun()). c is NULL for a further process (exec).
 */
int launch(const struct container *c, const struct plan *p, struct live *live, const struct stdio *io, int *terminal,
	   struct err *e);
