/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"
#include "run/engine/behind.h"
#include "run/engine/finish.h"
#include "run/engine/network.h"
#include "run/engine/remove.h"
#include "run/engine/spread.h"
#include "run/engine/volume_sweep.h"
#include "run/start/leftover.h"
#include "state/log.h"

static bool exists(const struct container *c, const char *file)
{
	return faccessat(container_run_dir(c), file, F_OK, 0) == 0;
}

static bool is_other(const char *id, void *arg)
{
	return strcmp(id, arg) != 0;
}

/* One that never ran is no container, but for one that was created as such, or ran before. */
static int clean_record(struct container *c, struct state *st, const struct record *r, struct err *e)
{
	if (!r->pid && (c->run > 1 || r->by_create))
		return container_drop_run(c, e);
	return !r->pid || r->remove ? remove_container(c, st, e) : 0;
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
	live_close(&live);
	return n < 0 ? n : clean_record(c, st, r, e);
}

/* A run of which no record was written yet: addresses and layers are all that it can have taken. */
static int drop_unrecorded(struct container *c, struct state *st, struct arena *a, struct err *e)
{
	unsigned swept;
	int r = network_sweep(st, a, is_other, (char *)c->id, &swept, e);

	return r < 0 ? r : container_drop_run(c, e);
}

static bool container_is_there(const char *id, void *arg)
{
	struct state *st = arg;

	return faccessat(st->containers, id, F_OK, 0) == 0;
}

/* Remove the names of containers that is_alive() denies. */
static void sweep_names(struct state *st, bool (*is_alive)(const char *id, void *arg), void *arg)
{
	autoclose int fd = openat(st->fd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	char id[80];

	for (const char *name; (name = io_dir_next(&d));) {
		ssize_t n = readlinkat(fd, name, id, sizeof(id) - 1);

		if (n <= 0)
			continue;
		id[n] = '\0';
		if (!is_alive(id, arg))
			unlinkat(fd, name, 0);
	}
}

/* The directory goes last, so that whoever finds this half done does it again. */
int recover_remove(struct container *c, struct state *st, struct arena *a, struct err *e)
{
	char *id = (char *)c->id;
	unsigned swept;
	int r = network_sweep(st, a, is_other, id, &swept, e);

	if (r == 0)
		r = leftover_remove(st, a, id, e);

	if (r < 0)
		return r;
	sweep_names(st, is_other, id);
	return remove_container(c, st, e);
}

/* Does a container whose monitor is gone go on without it? One that died of the same kill, or of its
 * monitor's death, may be there for a moment more: nobody but us would clean up after it, so its end is
 * waited for. */
static bool runs_on(const struct record *r)
{
	enum { END_MS = 20, TRIES = 250 };

	for (int i = 0; i < TRIES; i++) {
		autoclose int fd = proc_open(r->pid, r->start_time);

		if (fd < 0)
			return false;
		if (!proc_is_dying(r->pid))
			return true;
		pidfd_ended(fd, END_MS);
	}
	return true;
}

static enum container_status status_of(const struct container *c, const struct record *r)
{
	if (r->finished)
		return CONTAINER_EXITED;
	if (r->pid)
		return CONTAINER_RUNNING;
	return c->run || r->begun ? CONTAINER_CREATING : CONTAINER_CREATED;
}

/* Its guise is gone before it ran: what it was before that, or nothing. */
static int look_before(struct container *c, struct state *st, struct arena *a, struct record *r,
		       enum container_status *status, struct err *e)
{
	int n = r->begun ? clean_up(c, st, r, e) : drop_unrecorded(c, st, a, e);

	*status = CONTAINER_EXITED;
	if (n < 0)
		return n;
	if ((n = record_read(c, a, r, e)) < 0)
		return n;
	r->name = c->name;
	*status = status_of(c, r);
	return 0;
}

int recover(struct container *c, struct state *st, struct arena *a, struct record *r,
	    enum container_status *status, struct err *e)
{
	bool alive = container_lock(c, false) < 0;
	int n = record_read(c, a, r, e);

	*status = n < 0 && n != -ENOENT ? CONTAINER_BROKEN : CONTAINER_CREATING;
	if (n == -ENOENT && !alive && (n = recover_remove(c, st, a, e)) == 0)
		n = -ENOENT;
	if (n == -ENOENT || !r->name)
		return n;
	c->name = r->name = container_name(c, st, a, r->name);
	if (n < 0)
		return err_hint(e, "guise rm --force %s removes what there is of it", c->name);
	*status = status_of(c, r);
	if (alive || *status == CONTAINER_CREATED || (r->finished && exists(c, "undone")))
		return 0;
	if (*status == CONTAINER_CREATING)
		return look_before(c, st, a, r, status, e);
	if (!r->finished && r->detach && runs_on(r))
		return 0;
	n = clean_up(c, st, r, e);
	*status = CONTAINER_EXITED;
	return n < 0 ? n : r->remove ? -ENOENT : 0;
}

/* Its guise lives, or has done all that there was to do: known without reading what the container is. */
static bool needs_nothing(struct container *c)
{
	if (container_lock(c, false) < 0)
		return true;
	container_find_run(c);
	return exists(c, "exit.json") && exists(c, "undone");
}

int recover_all(struct state *st, unsigned *removed, struct err *e)
{
	static char first[16384];
	struct arena a = ARENA_INIT(first);
	struct strv ids;
	struct err ignored;
	unsigned count = 0, swept = 0;
	int result = container_list(st, &a, &ids, e);

	for (size_t i = 0; i < ids.n; i++) {
		enum container_status status;
		struct container c;
		struct record r;

		if (container_open(&c, st, &a, ids.v[i], &ignored) < 0)
			continue;
		if (needs_nothing(&c)) {
			container_close(&c);
			continue;
		}
		struct err one;
		int n = recover(&c, st, &a, &r, &status, &one);

		if (n == -ENOENT && c.locked)
			count++;
		else if (n < 0 && n != -ENOENT && status != CONTAINER_BROKEN && result == 0)
			result = err_take(e, &one);
		container_close(&c);
	}
	behind_resume(st, &a);
	spread_resume(st);
	/* what a directory that somebody removed by hand left behind */
	if (removed) {
		int n = network_sweep(st, &a, container_is_there, st, &swept, result ? &ignored : e);

		*removed = count + swept;
		result = result ? result : n;
		n = leftover_sweep(st, &a, container_is_there, st, &swept, result ? &ignored : e);
		*removed += swept;
		result = result ? result : n;
		sweep_names(st, container_is_there, st);
		n = log_sweep(st, container_is_there, st, result ? &ignored : e);
		result = result ? result : n;
		n = volume_sweep(st, result ? &ignored : e);
		result = result ? result : n;
	}
	arena_free(&a);
	return result;
}
