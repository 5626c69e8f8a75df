/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/* The container's first process has ended with exit status `code` (-1: nobody knows). Find out whether
 * memory ran out, write exit.json, undo the plan, and remove the record if that was asked for (--rm).
 * The container is locked by the caller. live->pid and ->pidfd are 0 and -1 if it is not our child. */
int finish(struct container *c, struct state *st, struct record *r, struct live *live, int code,
	   struct err *e);

/* Undo the plan of a container whose end is recorded, or which never began. */
int finish_undo(struct container *c, struct record *r, struct live *live, struct err *e);

/* It was recorded, but its command never ran: undo the plan and remove the record. What could not be undone
 * stays recorded, for the next guise. Quiet, since its caller has a failure to tell already. */
void finish_unbegun(struct container *c, struct state *st, struct record *r, struct live *live);

/* The one line about a container whose memory ran out; "" if it didn't. In the arena of r->plan. */
const char *finish_oom_line(const struct record *r);
