/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/layer_remove.h"

#include <errno.h>
#include <unistd.h>

#include "base/io.h"
#include "kernel/process/apart.h"
#include "kernel/process/userns.h"
#include "plan/steps/idmap.h"

struct removing {
	const struct container *c;
	const struct record *r;
};

static int failed(const struct record *r, int no, struct err *e)
{
	return err_set(e, "layer", no, "remove the layer of container %s", r->name);
}

/* By another process, in a user namespace with the maps that the container had. */
static int remove_mapped(void *arg, struct err *e)
{
	const struct removing *x = arg;
	const struct step_idmap *map = plan_idmap(&x->r->plan);
	int n = userns_enter(map->uid, map->gid, map->by_helper, e);

	if (n < 0)
		return err_prefix(e, "remove the layer of container %s", x->r->name);
	/* its root has privilege over whatever the mapped ids own */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return failed(x->r, errno, e);
	n = io_remove_tree(x->c->dir, "layer");
	return n < 0 ? failed(x->r, -n, e) : 0;
}

int layer_remove(const struct container *c, const struct record *r, struct err *e)
{
	int n = io_remove_tree(c->dir, "layer");

	if ((n == -EACCES || n == -EPERM) && plan_idmap(&r->plan))
		return apart_call(remove_mapped, &(struct removing){ c, r }, e);
	return n < 0 ? failed(r, -n, e) : 0;
}
