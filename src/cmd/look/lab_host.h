/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/look/lab_run.h"
#include "state/state.h"

/*
 * An exercise on this machine itself, for those who want the real thing: one at a time, in the namespaces that guise was
 * called in. Only those can be done here that say how they are taken away again, [undo] in their file; and only where
 * nothing is yet what they ask for: else what they take away would be somebody's.
 */

/* Run its set-up. -EEXIST "lab-there": a goal is met already; nothing was done then. */
int lab_host_start(struct state *st, struct arena *a, const struct labs *labs, const struct lab *l,
		   bool is_random, struct err *e);

/* The one that was begun; *dir, the caller's, holds its files. -ENOENT "no-lab-runs". */
int lab_host_open(struct state *st, struct arena *a, int *dir, struct lab_run *run, struct err *e);

/* Take away what there is of it. That none was begun is no error. */
int lab_host_stop(struct state *st, struct arena *a, struct err *e);
