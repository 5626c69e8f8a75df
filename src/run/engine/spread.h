/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "state/state.h"

/*
 * Telling the containers of a network who has come to it, gone, or is called otherwise now: in their hosts files
 * (net/hosts_file.h), behind the start and behind the end, by a process that is left behind.
 *
 *     a step changes who is on a network      notes the addresses (net/roster.h), under the network's lock
 *     spread()                                locks net/NAMESPACE, and forks; if it is locked, somebody is telling
 *     the process left behind                 takes up all that is noted, of all networks there, and tells it; unlocks,
 *                                             and looks once more: what was noted while it was locked is its own
 *
 * Who is about to start reads the names before its first process, and can be told only when its file is there. So
 * spread_begun() compares what was read with what is there by then.
 *
 * One that was killed has left the notes: every command looks for them (spread_resume()).
 */

/* The container runs: its file can be found from now on. What fails here is said by nobody: the file stays as it
 * began. */
void spread_begun(struct live *live);

/* The container runs, and has come to that network (the directory of its leases): whom it finds there is put into its
 * file; the others are told by spread(). */
void spread_joined(struct live *live, const char *network);

/* It is about to leave that network: whom it found there it finds no more. */
void spread_leaving(struct live *live, const char *network);

/* Tell what this live's steps have changed. */
void spread(struct live *live);

/* Go on where one was killed. */
void spread_resume(struct state *st);

/* Can it be called otherwise, as far as the names on its networks then fit their lines? -ENAMETOOLONG "names". */
int spread_can_rename(struct state *st, struct arena *a, const struct record *r, const char *old,
		      const char *name, struct err *e);

/* It is, now; `old`: until now. */
int spread_rename(struct state *st, struct arena *a, const struct record *r, const char *old,
		  const char *name, struct err *e);
