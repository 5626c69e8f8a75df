/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/finish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "run/engine/behind.h"
#include "run/engine/connect.h"
#include "run/engine/remove.h"
#include "run/engine/spread.h"
#include "state/record_update.h"

/* Only a kill leaves a container dead of it, but any process in it may have been the victim: where its
 * memory is counted, the counter is looked at in any case. But v1's does not count victims in cgroups
 * below, so the log is read, unless nobody was killed at all. */
static void read_oom(struct record *r, pid_t pid, int code)
{
	enum { TICKS = 100, SIGKILL_STATUS = 137 };
	bool by_log = !r->memory_cgroup || r->memory_v1;

	if (!r->memory_cgroup && code != SIGKILL_STATUS)
		return;
	if (by_log && !cgroup_oom_since(r->plan.arena, &r->machine_kills))
		return;
	cgroup_oom_read(r->plan.arena, r->memory_mount, r->memory_cgroup, r->memory_v1 ? CG_IN_V1 : CG_IN_V2,
			pid, r->start_time / TICKS, NULL, &r->oom);
}

static const char *size_text(struct arena *a, uint64_t bytes)
{
	if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
		return arena_printf(a, "%llu MiB", (unsigned long long)(bytes >> 20));
	if (bytes >= 10 << 20)
		return arena_printf(a, "%.1f MiB", (double)bytes / (1 << 20));
	return arena_printf(a, "%llu KiB", (unsigned long long)(bytes >> 10));
}

const char *finish_oom_line(const struct record *r)
{
	const struct cgroup_oom *o = &r->oom;
	struct str s = { .arena = r->plan.arena };

	if (!o->kills)
		return "";
	str_addf(&s, "%s: out of memory: ", r->name);
	if (o->whose == OOM_MACHINE)
		str_add(&s, "the machine had none left");
	else if (o->limit >= 0)
		str_addf(&s, "the limit of %s ", size_text(s.arena, (uint64_t)o->limit));
	else
		str_add(&s, "the limit ");
	if (o->whose == OOM_OWN)
		str_addf(&s, "of the container's own cgroup %s was hit", o->cgroup);
	else if (o->whose == OOM_ANCESTOR)
		str_addf(&s, "of the cgroup %s above the container's was hit", o->cgroup);
	else if (o->whose == OOM_UNKNOWN)
		str_add(&s, "was hit");
	if (o->peak)
		str_addf(&s, ", peak %s", size_text(s.arena, o->peak));
	if (o->pid)
		str_addf(&s, "; the kernel killed %s (pid %d)", o->comm, o->pid);
	if (o->kills > 1)
		str_addf(&s, ", %llu processes in all", (unsigned long long)o->kills);
	return s.p;
}

/* Leases that no plan has first: the last one that is given back takes the bridge with it. */
static int undo(const struct container *c, const struct plan *p, struct live *live, struct err *e)
{
	int n;

	connect_forget(c, p, live, &(struct err){ 0 });
	n = plan_undo(p, live, e);
	behind_leave(live);
	spread(live);
	return n;
}

/* The plan that is undone: what an update has changed of it, and of where memory is counted, only the file
 * tells. */
static const struct plan *plan_now(struct container *c, struct record *r)
{
	struct record *now = arena_new(r->plan.arena, struct record);
	struct err ignored;
	int lock = record_update_wait(c);

	if (lock < 0 || record_read(c, r->plan.arena, now, &ignored) < 0)
		now = r;
	fd_close(&lock);
	r->memory_cgroup = now->memory_cgroup;
	r->memory_mount = now->memory_mount;
	r->memory_v1 = now->memory_v1;
	return &now->plan;
}

static int undo_recorded(struct container *c, const struct record *r, const struct plan *p, struct live *live,
			 struct err *e)
{
	int n = undo(c, p, live, e);

	if (n < 0)
		return err_prefix(e, "clean up after container %s", r->name);
	autoclose int fd = openat(container_run_dir(c), "undone", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	/* without it the next guise undoes the same again: it is no failure that there was no room for it */
	return 0;
}

int finish_undo(struct container *c, struct record *r, struct live *live, struct err *e)
{
	return undo_recorded(c, r, &r->plan, live, e);
}

void finish_unbegun(struct container *c, struct state *st, struct record *r, struct live *live)
{
	struct err ignored;

	if (undo(c, plan_now(c, r), live, &ignored) < 0)
		return;
	if (live->pidfd >= 0)
		waitid(P_PIDFD, (id_t)live->pidfd, NULL, WEXITED);
	/* what was before its first run is a container only if it was created as one */
	if (c->run > 1 || r->by_create)
		container_drop_run(c, &ignored);
	else
		remove_container(c, st, &ignored);
}

int finish(struct container *c, struct state *st, struct record *r, struct live *live, int code,
	   struct err *e)
{
	const struct plan *p = plan_now(c, r);
	struct err ignored;
	int written, n;

	r->exit_code = code;
	r->finished = record_now();
	read_oom(r, live->pid, code);
	/* with --rm the record is gone in a moment, and without exit.json it is undone all the same */
	if (r->remove) {
		container_tell(c, code);
		n = undo(c, p, live, e);
		return n < 0 ? err_prefix(e, "clean up after container %s", r->name) :
			       remove_container(c, st, e);
	}
	written = record_write_exit(c, r, &ignored);
	n = undo_recorded(c, r, p, live, e);
	/* what was undone may have made the room that was missing */
	if (written < 0 && (written = record_write_exit(c, r, n < 0 ? &ignored : e)) < 0)
		return n < 0 ? n : written;
	return n;
}
