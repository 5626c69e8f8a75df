/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/delete.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"
#include "run/oci/kill.h"
#include "run/start/leftover.h"

enum { KILL_MS = 10000 }; /* from SIGKILL to the end: longer only in an uninterruptible sleep */

static int undo(struct oci_container *o, struct err *e)
{
	struct live live;
	int r;

	live_init(&live, o->c.id, o->arena, o->st->fd);
	live.pid = o->pidfd >= 0 ? o->rec.pid : 0;
	live.pidfd = o->pidfd;
	live.faults = o->faults;
	live.unseen = !o->rec.pid && !o->claimed;
	r = plan_undo(&o->rec.plan, &live, e);
	live.pidfd = -1; /* still o's */
	live_close(&live);
	if (o->pidfd >= 0)
		pidfd_reap(o->pidfd, KILL_MS);
	return r < 0 ? err_prefix(e, "clean up after container %s", o->c.id) : 0;
}

/* A command that holds the lock may wait for what never comes: a hook that does not end. Killing the first
 * process makes that command fail, and undo its part. */
static void kill_first(struct oci_container *o)
{
	if (o->pidfd >= 0 && proc_kill(o->pidfd, SIGKILL) == 0)
		oci_kill_thaw(o);
}

/* Processes of a pid namespace end with its first one. In a container without one of its own, the cgroup
 * tells which they are. */
static int kill_rest(const struct oci_container *o, struct err *e)
{
	if (plan_process(&o->rec.plan)->flags & CLONE_NEWPID)
		return 0;
	return o->rec.pid && o->rec.cgroup ? oci_kill_all(o, SIGKILL, e) : 0;
}

int oci_destroy(struct oci_container *o, const struct oci_warn *warn, struct err *e)
{
	int r = o->recorded ? kill_rest(o, e) : 0;

	if (r == 0 && o->recorded)
		r = undo(o, e);
	if (r < 0 || (r = container_remove(&o->c, o->st, e)) < 0)
		return r;
	o->status = OCI_STOPPED;
	if (o->recorded && o->rec.pid)
		oci_hooks_poststop(o, warn);
	return 0;
}

static int not_stopped(const struct oci_container *o, struct err *e)
{
	return err_set(e, "container-running", EBUSY, "delete container %s", o->c.id),
	       err_cause(e, "it is not stopped: %s", oci_status_name[o->status]),
	       err_hint(e, "kill it first, or use --force");
}

/* Its record can't be read: remove what is found by its id, and the directory. */
static int delete_broken(struct oci_container *o, struct err *e)
{
	int r;

	kill_first(o);
	if (o->pidfd >= 0)
		pidfd_reap(o->pidfd, KILL_MS);
	if ((r = oci_lock(o, e)) < 0 || (r = leftover_kill(o->st, o->arena, o->c.id, e)) < 0 ||
	    (r = leftover_remove(o->st, o->arena, o->c.id, e)) < 0)
		return r;
	return container_remove(&o->c, o->st, e);
}

static int delete_recorded(struct oci_container *o, bool force, const struct oci_warn *warn, struct err *e)
{
	int r;

	if (!force && o->status != OCI_STOPPED && o->status != OCI_CREATED)
		return not_stopped(o, e);
	if (force)
		kill_first(o);
	if ((r = oci_lock(o, e)) < 0 || (r = oci_look(o, e)) < 0)
		return r;
	return oci_destroy(o, warn, e);
}

int oci_delete(struct state *st, struct arena *a, const char *id, bool force, const struct oci_warn *warn,
	       struct err *e)
{
	struct oci_container o;
	int r = oci_open(&o, st, a, id, e);

	if (r == 0)
		r = delete_recorded(&o, force, warn, e);
	else if (r != -ENOENT && force && o.c.dir >= 0)
		r = delete_broken(&o, e);
	oci_close(&o);
	return r == -ENOENT && force ? 0 : r;
}
