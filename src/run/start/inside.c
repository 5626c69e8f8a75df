/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "base/fd.h"

static int enter(const struct plan *p, struct live *live, struct err *e)
{
	autoclose int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0)
		return err_set(e, "network-namespace", errno, "open /proc/self/ns/net");
	if (setns(live->netns, CLONE_NEWNET) < 0)
		return err_set(e, "network-namespace", errno, "enter the container's network namespace");
	r = plan_apply(p, PHASE_INIT, live, e);
	if (setns(home, CLONE_NEWNET) < 0)
		abort(); /* what follows would be done to the container */
	return r;
}

/* A network namespace alone gives whoever is in it no hold on us: it has no processes, and we come back. What is written
 * to a procfs, goes to ours. Privileged: setns(2) into a namespace of a container's. */
int inside_apply(const struct plan *p, struct live *live, struct err *e)
{
	int r;

	live->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (live->proc < 0)
		return err_set(e, "network-namespace", errno, "open /proc");
	r = enter(p, live, e);
	fd_close(&live->proc);
	return r;
}
