/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * What a container left behind, when no record tells of it any more: its directory was removed by hand, or
 * cannot be read. A container's cgroups are marked with its id and its state directory
 * (kernel/cgroup/mark.h). So they are found in all hierarchies, below whichever parent; those of other state
 * directories are left alone.
 */

/* The mark, for struct live. */
const char *leftover_owner(const struct state *st, struct arena *a, const char *id);

/* Kill what is in the cgroups of a container, and wait for its end. */
int leftover_kill(const struct state *st, struct arena *a, const char *id, struct err *e);

/* Remove the cgroups of one container, as below. */
int leftover_remove(const struct state *st, struct arena *a, const char *id, struct err *e);

/* Remove the cgroups of containers that is_alive() denies, and count the containers. -EBUSY "cgroup-busy"
 * where processes are in one: they are not killed, since nobody can say any more whose they are. */
int leftover_sweep(const struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg),
		   void *arg, unsigned *swept, struct err *e);
