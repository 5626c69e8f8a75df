/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/look/labs.h"

/*
 * An exercise that was begun, as files in a directory: that of its machine's container, or one of the state directory's if
 * it is done on the host. The exercise itself is copied there, so that it is judged by what it was when it began.
 */
struct lab_run {
	struct arena *arena;
	int dir; /* stays the caller's */
	struct lab lab;
	unsigned hints; /* how many were given */
	bool is_random; /* it doesn't say which it is */
};

/* Write what begins. */
int lab_run_write(struct arena *a, int dir, const struct labs *labs, const struct lab *l, bool is_random,
		  struct err *e);

/* Read it. -ENOENT "no-lab-runs". */
int lab_run_read(struct arena *a, int dir, struct lab_run *run, struct err *e);

/* One more hint was given. */
int lab_run_hinted(struct lab_run *run, struct err *e);

/* -ENOENT: none runs. */
int lab_run_none(struct err *e);
