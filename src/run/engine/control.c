/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/control.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/cgroup/cgroups.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"
#include "run/engine/layer_remove.h"
#include "run/engine/recover.h"
#include "run/engine/remove.h"
#include "run/start/leftover.h"

enum {
	LOOK_MS = 200,     /* for a container that is just ending, before saying that it is */
	SETTLE_MS = 15000, /* for its guise to undo the plan: twice the longest wait of a step, and some */
	START_MS = 15000,  /* for its guise to make it: as long, and mostly some milliseconds */
	KILL_MS = 10000,   /* from SIGKILL to the end: longer only in an uninterruptible sleep */
	POLL_MS = 10,
};

/* ---- looking ---- */

static bool is_ending(const struct control *k)
{
	return k->status == CONTAINER_RUNNING && !k->pid;
}

/* Or has not begun. */
static bool has_ended(const struct control *k)
{
	return k->status == CONTAINER_EXITED || k->status == CONTAINER_CREATED;
}

/* Read the files and ask the kernel. The lock is kept only where nothing runs any more: one that lives on
 * without its guise must not look looked after to others while we wait for it. */
static int look(struct control *k, struct err *e)
{
	const char *name = k->c.name ? k->c.name : k->c.id;
	int r = recover(&k->c, k->st, k->arena, &k->rec, &k->status, e);

	fd_close(&k->pidfd);
	k->pid = 0;
	if (r == -ENOENT)
		return err_set(e, "no-container", ENOENT, "find container %.64s", name),
		       err_cause(e, "it has just been removed");
	if (r < 0 && k->status != CONTAINER_BROKEN)
		return r;
	if (k->rec.pid && k->status != CONTAINER_EXITED)
		k->pidfd = proc_open(k->rec.pid, k->rec.start_time);
	if (k->pidfd >= 0)
		k->pid = k->rec.pid;
	k->orphaned = k->pid && k->c.locked;
	k->paused = k->pid && k->rec.cgroup && cgroup_is_frozen(k->rec.cgroup);
	if (k->pid)
		control_unlock(k);
	return r;
}

void control_unlock(struct control *k)
{
	if (k->c.locked)
		flock(k->c.dir, LOCK_UN);
	k->c.locked = false;
}

/* Until its guise lets go of the lock. 0 or -ETIMEDOUT. */
static int settle(struct control *k, int timeout_ms)
{
	int r;

	if (timeout_ms < 0)
		return container_lock(&k->c, true);
	for (int waited = 0; (r = container_lock(&k->c, false)) == -EWOULDBLOCK; waited += POLL_MS) {
		if (waited >= timeout_ms)
			return -ETIMEDOUT;
		poll(NULL, 0, POLL_MS);
	}
	return r;
}

int control_open(struct control *k, struct state *st, struct arena *a, const char *ref, struct err *e)
{
	int r;

	*k = (struct control){ .st = st, .arena = a, .c = { .dir = -1 }, .pidfd = -1, .answer = -1 };
	if ((r = container_find(&k->c, st, a, ref, e)) < 0 || (r = look(k, e)) < 0)
		return r;
	return is_ending(k) && settle(k, LOOK_MS) == 0 ? look(k, e) : 0;
}

int control_open_any(struct control *k, struct state *st, struct arena *a, const char *ref, struct err *e)
{
	int r = control_open(k, st, a, ref, e);

	return r < 0 && k->status != CONTAINER_BROKEN ? r : 0;
}

void control_close(struct control *k)
{
	fd_close(&k->pidfd);
	fd_close(&k->answer);
	container_close(&k->c);
}

const char *control_status(const struct control *k)
{
	return is_ending(k) ? "exiting" : k->paused ? "paused" : container_status_name[k->status];
}

const char *control_address(const struct control *k)
{
	struct plan_endpoint ep;

	if (k->status == CONTAINER_EXITED || !plan_next_endpoint(&k->rec.plan, &(size_t){ 0 }, &ep) ||
	    ep.addresses.n == 0)
		return NULL;
	return arena_strndup(k->rec.plan.arena, ep.addresses.v[0], strcspn(ep.addresses.v[0], "/"));
}

/* ---- acting ---- */

static int freeze(const struct control *k, bool frozen, struct err *e)
{
	struct cgroups g;
	int r = cgroups_find(k->arena, k->rec.cgroup, &g, e);

	return r < 0 ? r : cgroups_freeze(&g, frozen, e);
}

/* One that is killed may be gone before that, with its cgroup: v2's frozen ones die at once. */
static int thaw(const struct control *k, struct err *e)
{
	int r = freeze(k, false, e);

	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

/* Guise has not made the first process, or that is still guise: it heeds SIGKILL alone. */
static bool is_starting(const struct control *k, int sig)
{
	return k->status == CONTAINER_CREATING ||
	       (k->pid && !k->paused && sig != SIGKILL && !proc_has_executed(k->pid));
}

/* Cheaper than to read the record, and before that is worth it. */
static bool is_making(struct container *c)
{
	return faccessat(container_run_dir(c), "process.json", F_OK, 0) < 0 &&
	       container_lock(c, false) == -EWOULDBLOCK;
}

static int await_start(struct control *k, int sig, struct err *e)
{
	int r = 0;

	for (int waited = 0; r == 0 && is_starting(k, sig); waited += POLL_MS) {
		if (waited >= START_MS)
			return err_set(e, "timeout", ETIMEDOUT, "wait for the start of container %s",
				       k->rec.name),
			       err_cause(e, "its guise is still making it"),
			       err_hint(e, "end that guise: it locks %s/containers/%s (lslocks)", k->st->path,
					k->c.id);
		poll(NULL, 0, POLL_MS);
		if (k->status != CONTAINER_CREATING || !is_making(&k->c))
			r = look(k, e);
	}
	return r;
}

/* 0 when the process has ended, or never began. */
static int await_process(const struct control *k, int timeout_ms)
{
	return k->pidfd < 0 || pidfd_ended(k->pidfd, timeout_ms) ? 0 : -ETIMEDOUT;
}

int control_await_start(struct control *k, struct err *e)
{
	return await_start(k, 0, e);
}

int control_look_again(struct control *k, const char *verb, struct err *e)
{
	int r = record_read(&k->c, k->arena, &k->rec, e);

	if (r < 0 && r != -ENOENT)
		return r;
	k->rec.name = k->c.name ? k->c.name : k->rec.name;
	return r == 0 && await_process(k, 0) < 0 ?
		       0 :
		       (err_set(e, "not-running", ESRCH, "%s container %s", verb, k->c.name),
			err_cause(e, "it has just ended"));
}

int control_signal(struct control *k, int sig, struct err *e)
{
	int r = await_start(k, sig, e);

	if (r < 0)
		return r;
	if (k->pidfd < 0)
		return err_set(e, "not-running", ESRCH, "signal container %s", k->rec.name),
		       err_cause(e, "it is not running");
	if (proc_kill(k->pidfd, sig) < 0)
		return err_set(e, errno == ESRCH ? "not-running" : "kill", errno,
			       "send signal %d to container %s", sig, k->rec.name);
	return k->paused && (sig == SIGKILL || sig == k->rec.stop_signal) ? thaw(k, e) : 0;
}

int control_pause(struct control *k, bool pause, struct err *e)
{
	const char *verb = pause ? "pause" : "unpause";
	int r;

	if (k->pidfd < 0)
		return err_set(e, "not-running", ESRCH, "%s container %s", verb, k->rec.name),
		       err_cause(e, "it is %s", control_status(k));
	if (pause && k->paused)
		return err_set(e, "container-paused", EBUSY, "pause container %s", k->rec.name),
		       err_cause(e, "it is paused already");
	if (!pause && !k->paused)
		return err_set(e, "not-paused", EINVAL, "unpause container %s", k->rec.name),
		       err_cause(e, "it is not paused");
	if (!k->rec.cgroup)
		return err_set(e, "no-cgroup", ENOENT, "%s container %s", verb, k->rec.name),
		       err_cause(e, "it has no cgroup, which is what is frozen"),
		       err_hint(e, CONTROL_NO_CGROUP);
	if ((r = freeze(k, pause, e)) < 0)
		return err_prefix(e, "%s container %s", verb, k->rec.name);
	k->paused = pause;
	return 0;
}

static int not_ending(const struct control *k, struct err *e)
{
	return err_set(e, "timeout", ETIMEDOUT, "wait for container %s", k->rec.name);
}

void control_ask(struct control *k)
{
	if (k->rec.remove && k->answer < 0)
		k->answer = container_ask(&k->c);
}

/* Of one that was created the first end is what is waited for, and that it is started can be seen only by
 * looking. */
static int await_begin(struct control *k, int timeout_ms, struct err *e)
{
	enum { LOOK_AGAIN_MS = 100 };
	int r = 0;

	for (int waited = 0; r == 0 && k->status == CONTAINER_CREATED; waited += LOOK_AGAIN_MS) {
		if (timeout_ms >= 0 && waited >= timeout_ms)
			return not_ending(k, e);
		control_unlock(k);
		poll(NULL, 0, LOOK_AGAIN_MS);
		container_find_run(&k->c);
		r = k->c.run                                           ? look(k, e) :
		    faccessat(k->c.dir, "container.json", F_OK, 0) < 0 ? look(k, e) :
									 0;
	}
	return r;
}

int control_await(struct control *k, int timeout_ms, int *code, struct err *e)
{
	int pidfd, r;
	char text[16] = "";

	*code = -1;
	control_ask(k);
	if ((r = await_begin(k, timeout_ms, e)) < 0)
		return r;
	if (k->status == CONTAINER_EXITED) {
		*code = k->rec.exit_code;
		return 0;
	}
	pidfd = k->pidfd;
	if (await_process(k, timeout_ms) < 0)
		return not_ending(k, e);
	if (settle(k, timeout_ms < 0 ? -1 : SETTLE_MS) < 0)
		return err_set(e, "timeout", ETIMEDOUT, "wait for the guise of container %s", k->rec.name),
		       err_cause(e, "no process of the container runs, but its guise does not finish"),
		       err_hint(e, "find the process that locks %s/containers/%s (lslocks) and kill it",
				k->st->path, k->c.id);
	if (pidfd >= 0)
		pidfd_exit_code(pidfd, code);
	if (k->answer >= 0 && pread(k->answer, text, sizeof(text) - 1, 0) > 0 && atoi(text) >= 0)
		*code = atoi(text);
	r = look(k, e);
	if (r == 0 && k->rec.exit_code >= 0)
		*code = k->rec.exit_code;
	return r;
}

static int kill_and_await(struct control *k, struct err *e)
{
	int code, r = control_signal(k, SIGKILL, e);

	if (r == -ESRCH || r == 0)
		r = control_await(k, KILL_MS, &code, e);
	return r == -ENOENT ? 0 : r;
}

int control_stop_begin(struct control *k, unsigned seconds, struct err *e)
{
	int r = has_ended(k) ? 0 : control_signal(k, k->rec.stop_signal, e);

	k->deadline = clock_ms() + seconds * 1000LL;
	return r == -ESRCH || r == -ENOENT ? 0 : r;
}

/* The one of those that still run and have not been killed whose time is up first; NULL: there is none. */
static struct control *next_deadline(struct control *k, size_t n)
{
	struct control *next = NULL;

	for (size_t i = 0; i < n; i++)
		if (k[i].deadline && k[i].pidfd >= 0 && (!next || k[i].deadline < next->deadline))
			next = &k[i];
	return next;
}

void control_stop_wait(struct control *k, size_t n)
{
	struct control *next;

	while ((next = next_deadline(k, n))) {
		int64_t left = next->deadline - clock_ms();

		if (await_process(next, left > INT_MAX ? INT_MAX :
					left > 0       ? (int)left :
							 0) == 0 ||
		    clock_ms() >= next->deadline) {
			control_signal(next, SIGKILL, &(struct err){ 0 });
			next->deadline = 0;
		}
	}
}

int control_stop_end(struct control *k, struct err *e)
{
	int code, r = has_ended(k) ? 0 : control_await(k, KILL_MS, &code, e);

	return r == -ENOENT ? 0 : r;
}

static int settle_or_busy(struct control *k, const char *verb, struct err *e)
{
	int r = settle(k, SETTLE_MS);

	if (r == -ETIMEDOUT)
		return err_set(e, "container-busy", EBUSY, "%s container %s", verb, k->rec.name),
		       err_cause(e, "another guise works on it");
	return r < 0 ? err_set(e, "state", -r, "lock container %s", k->rec.name) : 0;
}

/* Without its record: what is found by its id. If its guise lives, that does its part when the processes
 * have ended. */
static int remove_broken(struct control *k, bool force, struct err *e)
{
	int r = 0;

	if (!force)
		return err_set(e, "record-bad", EBADMSG, "remove container %s", k->rec.name),
		       err_cause(e, "its record cannot be read, and so what belongs to it is not known"),
		       err_hint(e, "guise rm --force %s removes what is found by its id", k->rec.name);
	if (k->pidfd >= 0 && ((r = control_signal(k, SIGKILL, e)) == 0 || r == -ESRCH))
		r = await_process(k, KILL_MS) == 0 ? 0 : not_ending(k, e);
	if (r == 0)
		r = leftover_kill(k->st, k->arena, k->c.id, e);
	if (r < 0 || (r = settle_or_busy(k, "remove", e)) < 0)
		return r;
	r = look(k, e);
	if (r == -ENOENT)
		return 0;
	return k->status == CONTAINER_BROKEN ? recover_remove(&k->c, k->st, k->arena, e) :
	       r < 0                         ? r :
					       remove_container(&k->c, k->st, e);
}

int control_remove(struct control *k, bool force, struct err *e)
{
	int r = 0;

	if (k->status == CONTAINER_BROKEN)
		return remove_broken(k, force, e);
	if (!has_ended(k) && !is_ending(k)) {
		if (!force)
			return err_set(e, "container-running", EBUSY, "remove container %s", k->rec.name),
			       err_cause(e, "it is %s", control_status(k)),
			       err_hint(e, "stop it first (guise %sstop %s), or use --force", k->st->flag,
					k->rec.name);
		r = kill_and_await(k, e);
	}
	if (r < 0 || (r = settle_or_busy(k, "remove", e)) < 0)
		return r;
	/* under the lock, once more: another rm, or --rm, may have been faster; what is left is undone now */
	r = look(k, e);
	if (r == 0)
		r = layer_remove(&k->c, &k->rec, e);
	return r == -ENOENT ? 0 : r < 0 ? r : remove_container(&k->c, k->st, e);
}

int control_claim(struct control *k, struct err *e)
{
	int r = is_ending(k) || has_ended(k) ? settle_or_busy(k, "start", e) : 0;

	/* under the lock, once more: another may have been faster */
	return r < 0 ? r : look(k, e);
}
