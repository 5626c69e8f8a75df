/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/v1.h"
#include "kernel/process/pidfd.h"

/* Copy file from the cgroup dir[0..up] to its child dir[0..len], if the child's is empty. */
static int inherit(const char *dir, size_t up, size_t len, const char *file, struct err *e)
{
	char from[PATH_MAX], to[PATH_MAX], value[1024];
	int r;

	snprintf(from, sizeof(from), "%.*s/%s", (int)up, dir, file);
	snprintf(to, sizeof(to), "%.*s/%s", (int)len, dir, file);
	r = io_read_small(-1, to, value, sizeof(value));
	if (r > 0)
		return 0;
	if (r == 0)
		r = io_read_small(-1, from, value, sizeof(value));
	if (r >= 0)
		r = io_write_small(-1, to, value);
	return r == 0 ? 0 : err_set(e, "cgroup-cpuset", -r, "copy %s to %s", from, to);
}

int cgroup1_cpuset_inherit(const char *base, const char *dir, struct err *e)
{
	size_t up = strlen(base), len;
	int r;

	for (; dir[up]; up = len) {
		len = up + 1 + strcspn(dir + up + 1, "/");
		if ((r = inherit(dir, up, len, "cpuset.cpus", e)) < 0 ||
		    (r = inherit(dir, up, len, "cpuset.mems", e)) < 0)
			return r;
	}
	return 0;
}

static bool has_pid(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/*
 * Kill one batch. A pid that was read may be another process by the time of the signal; so hold it by a
 * pidfd (Linux 5.3), and send only if it is still listed after that.
 */
static int kill_batch(struct arena *a, const char *dir, bool *empty)
{
	enum { BATCH = 256 };
	int fds[BATCH], r;
	pid_t *pids, *again;
	size_t n, n_again;

	if ((r = cgroup_pids(a, dir, &pids, &n)) < 0)
		return r;
	*empty = n == 0;
	if (n > BATCH)
		n = BATCH;
	for (size_t i = 0; i < n; i++)
		fds[i] = pidfd_of(pids[i]);
	r = n ? cgroup_pids(a, dir, &again, &n_again) : 0;
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && fds[i] >= 0 && has_pid(again, n_again, pids[i]))
			(void)syscall(SYS_pidfd_send_signal, fds[i], SIGKILL, NULL, 0);
		fd_close(&fds[i]);
	}
	return r;
}

int cgroup1_kill(const char *dir, unsigned timeout_ms, struct err *e)
{
	struct cgroup_patience p = CGROUP_PATIENCE(timeout_ms);
	char first[8192];
	bool empty = false;
	int r;

	do {
		struct arena scratch = ARENA_INIT(first);

		r = kill_batch(&scratch, dir, &empty);
		arena_free(&scratch);
		if (r < 0)
			return err_set(e, "cgroup-kill", -r, "kill the processes in cgroup %s", dir);
	} while (!empty && cgroup_patience(&p));
	return empty ? 0 :
		       (err_set(e, "cgroup-busy", ETIMEDOUT, "kill the processes in cgroup %s", dir),
			err_cause(e, "some have not ended, they may wait for a device or be frozen"),
			err_hint(e, "see %s/cgroup.procs", dir));
}

int cgroup1_freeze(const char *dir, bool frozen, unsigned timeout_ms, struct err *e)
{
	struct cgroup_patience p = CGROUP_PATIENCE(timeout_ms);
	const char *want = frozen ? "FROZEN" : "THAWED";
	char path[PATH_MAX], state[32];
	int r;

	snprintf(path, sizeof(path), "%s/freezer.state", dir);
	/* Written again on each round: a task that forked while freezing is caught by the next write
	 * (freezer-subsystem.rst: the state stays FREEZING then). */
	do {
		r = io_write_small(-1, path, want);
		if (r == 0)
			r = io_read_small(-1, path, state, sizeof(state));
		if (r >= 0 && str_eq(state, want))
			return 0;
	} while (r >= 0 && cgroup_patience(&p));
	return err_set(e, "cgroup-freeze", r < 0 ? -r : ETIMEDOUT, "%s cgroup %s", frozen ? "freeze" : "thaw",
		       dir);
}
