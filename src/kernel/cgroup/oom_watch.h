/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/cgroup/cgroup.h"

/*
 * Being told of kills for want of memory while a container runs. v2 announces a change of memory.events by
 * POLLPRI (cgroup-v2.rst). In v1 an eventfd is registered for memory.oom_control (memory.rst, "OOM Control");
 * the kernel writes to it, too, when the cgroup is removed.
 */
struct cgroup_oom_watch {
	int fd; /* to poll for `events` */
	short events;
	bool v2;
	uint64_t kills; /* v2: as last seen */
	const char *dir;
};

/* dir: the container's cgroup in the hierarchy that holds memory; it must live as long. */
int cgroup_oom_watch(const char *dir, enum cgroup_held held, struct cgroup_oom_watch *w, struct err *e);

/* After poll(2) returned: was a process killed since? 1 or 0, or -ENODEV when the cgroup is gone. */
int cgroup_oom_seen(struct cgroup_oom_watch *w);

void cgroup_oom_unwatch(struct cgroup_oom_watch *w);
