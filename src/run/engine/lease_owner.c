/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/lease_owner.h"

#include "base/fd.h"
#include "kernel/process/proc.h"
#include "state/state.h"

/* Whose guise is gone. What can't be read may run. */
static bool runs(struct container *c, struct arena *a)
{
	struct record r;
	struct err ignored;

	if (record_read(c, a, &r, &ignored) < 0)
		return true;
	autoclose int process = r.pid ? proc_open(r.pid, r.start_time) : -1;
	return process >= 0;
}

bool lease_owner_is_alive(const char *id, void *arg)
{
	struct arena a = { 0 };
	struct container c;
	struct err ignored;
	bool alive = false;

	if (container_open(&c, arg, &a, id, &ignored) == 0) {
		alive = container_lock(&c, false) < 0 || runs(&c, &a);
		container_close(&c);
	}
	arena_free(&a);
	return alive;
}
