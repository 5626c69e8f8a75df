/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * What happens to containers, seen without a daemon. The past is what their records say. The present is
 * the difference between two looks at the state directory; inotify(7) tells when to look: at the directory
 * of containers and of names, in each container's, and in the cgroup.events of those that run, for
 * freezing. With cgroup v1 nobody tells of that, and it is looked for twice a second.
 *
 * A container that is gone before its record could be read is not told of.
 */
struct event {
	int64_t time;       /* nanoseconds since 1970 */
	const char *action; /* "create", "start", "pause", "unpause", "rename", "oom", "die", "destroy";
			     * of a network "connect", "disconnect" */
	const char *id, *name, *rootfs;
	struct strv labels;
	const char *old_name; /* rename */
	int exit_code;        /* die; -1: not known */
	const char *network; /* that it is connected to, or disconnected from; NULL: neither */
};

struct events {
	int64_t since, until; /* 0: from now on; without an end */
	/* Called for each; false: that was enough. */
	bool (*tell)(const struct event *e, void *arg);
	void *arg;
};

int events_watch(struct state *st, const struct events *w, struct err *e);
