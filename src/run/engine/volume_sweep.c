/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/volume_sweep.h"

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/apart.h"
#include "run/engine/own_ids.h"
#include "state/volumes.h"

struct sweep {
	const struct state *st;
	int volumes;
};

static int sweep_there(void *arg, struct err *e)
{
	const struct sweep *s = arg;
	struct arena a = { 0 };
	int r = own_ids_reach(&a, e);

	arena_free(&a);
	return r < 0 ? r : volumes_sweep(s->st, s->volumes, e);
}

int volume_sweep(const struct state *st, struct err *e)
{
	autoclose int volumes = volumes_open(st, false, LOCK_EX, e);
	struct sweep s = { st, volumes };
	int r;

	if (volumes < 0)
		return volumes == -ENOENT ? 0 : volumes;
	flock(volumes, LOCK_UN);
	r = volumes_sweep(st, volumes, e);
	if ((r != -EACCES && r != -EPERM) || geteuid() == 0)
		return r;
	*e = (struct err){ 0 };
	return apart_call(sweep_there, &s, e);
}
