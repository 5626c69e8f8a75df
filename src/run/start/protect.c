/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/protect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/self.h"
#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "state/oci_container.h"
#include "state/record_parts.h"

#define MARK   "ptrace"
#define SHARED "shared" /* guise's own: see state/state.h */

static bool may_trace(uint64_t caps)
{
	return caps & CAPS_BIT(CAP_SYS_PTRACE);
}

static bool plan_may_trace(const struct plan *p)
{
	const struct step_bounding *s = plan_bounding(p);

	return s && may_trace(s->keep);
}

/* The second run gets the same arguments as the first: so go to where that was called. */
int protect_now(struct arena *a, int caller_dir, struct err *e)
{
	autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (caller_dir >= 0 && (here < 0 || fchdir(caller_dir) < 0))
		return err_set(e, "file", errno, "go back to the working directory");
	r = self_protect(a, e);
	return r == 0 && caller_dir >= 0 && fchdir(here) < 0 ? err_set(e, "file", errno, "go to the bundle") :
							       r;
}

int protect_create(struct arena *a, const struct oci_config *c, bool waits, int caller_dir, struct err *e)
{
	bool others = c->ns[NS_PID].path,
	     later = waits && c->ns[NS_PID].given && may_trace(c->process.caps.bounding);

	return !c->ns[NS_USER].given && (others || later) ? protect_now(a, caller_dir, e) : 0;
}

int protect_run(struct arena *a, const struct spec *s, struct err *e)
{
	enum ns_mode pid = s->ns[NS_PID].mode;

	return geteuid() == 0 && (pid == NS_MODE_CONTAINER || pid == NS_MODE_PATH) ? self_protect(a, e) : 0;
}

static bool has_file(const struct container *c, const char *name)
{
	return faccessat(c->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int protect_exec(struct arena *a, const struct container *c, const struct plan *p, pid_t pid, struct err *e)
{
	const struct step_process *process = plan_process(p);
	bool tracers = plan_may_trace(p) || (process && process->join_pid) || has_file(c, MARK) ||
		       has_file(c, SHARED);

	return tracers && proc_same_ns(pid, getpid(), "user") && !proc_same_ns(pid, getpid(), "pid") ?
		       self_protect(a, e) :
		       0;
}

static int leave_mark(int dir)
{
	autoclose int fd = openat(dir, MARK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : 0;
}

int protect_later(const struct container *c, const struct plan *p, uint64_t caps, struct err *e)
{
	if (!may_trace(caps) || plan_may_trace(p) || leave_mark(c->dir) == 0)
		return 0;
	return err_set(e, "state", errno, "note that processes of container %s may trace others", c->id);
}

static bool is_in(pid_t pid, const struct stat *ns, struct arena *a)
{
	struct stat st;

	return pid && stat(arena_printf(a, "/proc/%d/ns/pid", pid), &st) == 0 && st.st_ino == ns->st_ino;
}

int protect_others(struct state *st, struct arena *a, const struct oci_config *c, struct err *e)
{
	struct strv ids;
	struct stat ns;
	int r;

	if (!c->ns[NS_PID].path || c->ns[NS_USER].given || !may_trace(c->process.caps.bounding) ||
	    stat(c->ns[NS_PID].path, &ns) < 0)
		return 0;
	if ((r = oci_list(st, a, &ids, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct container other;
		uint64_t start_time;
		int64_t started;
		pid_t pid = 0;

		if (container_open(&other, st, a, ids.v[i], &(struct err){ 0 }) == 0) {
			record_read_process(&other, a, &pid, &start_time, &started, &(struct err){ 0 });
			r = is_in(pid, &ns, a) ? leave_mark(other.dir) : 0;
		}
		container_close(&other);
	}
	return r < 0 ? err_set(e, "state", -r,
			       "note that processes may trace others of their pid namespace") :
		       0;
}
