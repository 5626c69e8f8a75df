/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/proc.h"
#include "net/lease.h"
#include "run/finish.h"

static bool exists(const struct container *c, const char *file)
{
	return faccessat(c->dir, file, F_OK, 0) == 0;
}

/* The guise of this container is gone, we have its lock, and no process of it was recorded as running. */
static int clean_up(struct container *c, struct state *st, struct record *r, struct err *e)
{
	struct live live;
	int n = 0;

	live_init(&live, c->id, r->plan.arena, st->fd);
	live.pidfd = r->pid ? proc_open(r->pid, r->start_time) : -1;
	live.pid = live.pidfd >= 0 ? r->pid : 0;
	if (r->pid && !r->finished)
		n = finish(c, st, r, &live, -1, e); /* it ran, and ended unseen */
	else
		n = finish_undo(c, r, &live, e);
	/* one that never ran is no container */
	if (n == 0 && (!r->pid || r->remove))
		n = container_remove(c, st, e);
	live_close(&live);
	return n;
}

int recover(struct container *c, struct state *st, struct arena *a, struct record *r, enum container_status *status,
	    struct err *e)
{
	bool alive = container_lock(c, false) == -EWOULDBLOCK;
	int n = record_read(c, a, r, e);

	if (n == -ENOENT && !alive)
		container_remove(c, st, e); /* killed before the plan was recorded: there is nothing else */
	if (n < 0)
		return alive ? -ENOENT : n;
	c->name = r->name;
	*status = r->finished ? CONTAINER_EXITED : r->pid ? CONTAINER_RUNNING : CONTAINER_CREATING;
	if (alive || (r->finished && exists(c, "undone")))
		return 0;
	if (r->pid && !r->finished) {
		autoclose int fd = proc_open(r->pid, r->start_time);

		if (fd >= 0)
			return 0; /* runs on without its guise */
	}
	n = clean_up(c, st, r, e);
	*status = CONTAINER_EXITED;
	return n < 0 ? n : (!r->pid || r->remove) ? -ENOENT : 0;
}

static bool container_is_there(const char *id, void *arg)
{
	struct state *st = arg;

	return faccessat(st->containers, id, F_OK, 0) == 0;
}

/* Leases are taken after the container's directory is made, so one without a directory is nobody's. A
 * network without leases has no bridge to look after: whoever undid the last one took it away. */
static void sweep_leases(struct state *st, unsigned *removed)
{
	struct lease_dir dir = LEASE_DIR_CLOSED;
	struct err e;
	unsigned n = 0;
	autoclose int net = openat(st->fd, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (net < 0 || faccessat(net, "guise0", F_OK, 0) < 0)
		return;
	if (lease_open(&dir, net, "guise0", &e) == 0 && lease_lock(&dir, &e) == 0)
		lease_sweep(&dir, container_is_there, st, &n, &e);
	lease_close(&dir);
	*removed += n;
}

static void sweep_names(struct state *st)
{
	int fd = openat(st->fd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char id[80], path[400];

	for (struct dirent *de; d && (de = readdir(d));) {
		ssize_t n = readlinkat(dirfd(d), de->d_name, id, sizeof(id) - 1);

		if (n <= 0)
			continue;
		id[n] = '\0';
		snprintf(path, sizeof(path), "names/%s", de->d_name);
		if (!container_is_there(id, st))
			unlinkat(st->fd, path, 0);
	}
	if (d)
		closedir(d);
}

int recover_all(struct state *st, unsigned *removed, struct err *e)
{
	static char first[16384];
	struct arena a = ARENA_INIT(first);
	struct strv ids;
	struct err ignored;
	unsigned count = 0;
	int result = container_list(st, &a, &ids, e);

	for (size_t i = 0; result == 0 && i < ids.n; i++) {
		enum container_status status;
		struct container c;
		struct record r;

		if (container_open(&c, st, &a, ids.v[i], &ignored) < 0)
			continue;
		int n = recover(&c, st, &a, &r, &status, result ? &ignored : e);
		if (n == -ENOENT && c.locked)
			count++;
		else if (n < 0 && n != -ENOENT)
			result = n;
		container_close(&c);
	}
	if (ids.n > 0 || removed) {
		sweep_names(st);
		sweep_leases(st, &count);
	}
	arena_free(&a);
	if (removed)
		*removed = count;
	return result;
}
