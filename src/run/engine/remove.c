/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/remove.h"

#include "run/engine/volume_sweep.h"
#include "state/volumes.h"

int remove_container(struct container *c, struct state *st, struct err *e)
{
	int r = c->keep_volumes ? 0 : volumes_remove_of(st, c->id, e);

	if (r > 0)
		r = volume_sweep(st, e);
	return r < 0 ? r : container_remove(c, st, e);
}
