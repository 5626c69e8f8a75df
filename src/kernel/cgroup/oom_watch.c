/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/oom_watch.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/io.h"

/* The number on the line "oom_kill N"; -1: the file is gone. */
static int64_t kills_read(int fd)
{
	char text[512];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	const char *line;

	if (n < 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, "oom_kill ");
	return line ? strtoll(line + strlen("oom_kill "), NULL, 10) : 0;
}

static int watch_v1(const char *dir, struct cgroup_oom_watch *w)
{
	char path[PATH_MAX], text[32];
	int r;

	snprintf(path, sizeof(path), "%s/memory.oom_control", dir);
	autoclose int control = open(path, O_RDONLY | O_CLOEXEC);
	w->fd = control < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d %d", w->fd, control);
	snprintf(path, sizeof(path), "%s/cgroup.event_control", dir);
	r = io_write_small(-1, path, text);
	if (r < 0)
		fd_close(&w->fd);
	return r;
}

static int watch_v2(const char *dir, struct cgroup_oom_watch *w)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/memory.events", dir);
	w->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0)
		return -errno;
	w->kills = (uint64_t)kills_read(w->fd);
	return 0;
}

int cgroup_oom_watch(const char *dir, enum cgroup_held held, struct cgroup_oom_watch *w, struct err *e)
{
	int r;

	*w = (struct cgroup_oom_watch){ .fd = -1, .v2 = held == CG_IN_V2, .dir = dir };
	w->events = w->v2 ? POLLPRI : POLLIN;
	r = !dir ? -ENODEV : w->v2 ? watch_v2(dir, w) : watch_v1(dir, w);
	if (r == 0)
		return 0;
	err_set(e, "cgroup-oom", -r, "watch for kills in cgroup %s", dir ? dir : "(none)");
	if (r == -ENODEV || r == -ENOENT)
		return err_cause(e, "the controller memory does not count there");
	return r;
}

int cgroup_oom_seen(struct cgroup_oom_watch *w)
{
	uint64_t n;
	int64_t kills;

	if (!w->v2) {
		if (read(w->fd, &n, sizeof(n)) < 0)
			return 0;
		return access(w->dir, F_OK) == 0 ? 1 : -ENODEV;
	}
	kills = kills_read(w->fd);
	if (kills < 0)
		return -ENODEV;
	n = w->kills;
	w->kills = (uint64_t)kills;
	return w->kills > n;
}

void cgroup_oom_unwatch(struct cgroup_oom_watch *w)
{
	fd_close(&w->fd);
}
