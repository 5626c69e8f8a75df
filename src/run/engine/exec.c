/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * exec: the recorded plan of the container, the facts that it left out (the compiled filter, another user's
 * numbers), and the namespaces of its first process make the plan of one more process, which is launched and
 * watched as the first one was. Nothing of it is recorded: it has nothing that would outlive it.
 */
#include "run/engine/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup/member.h"
#include "kernel/process/caps.h"
#include "plan/build/exec.h"
#include "run/engine/control.h"
#include "run/start/enter.h"
#include "run/start/foreground.h"
#include "run/engine/probe_parts.h"
#include "run/start/launch.h"
#include "run/start/probe.h"
#include "run/start/protect.h"
#include "spec/env.h"

/* ---- what the record does not say ---- */

static int probe_exec_user(struct arena *a, const struct exec_spec *x, pid_t pid, struct exec_wish *w,
			   struct err *e)
{
	struct user_ids *ids = arena_new(a, struct user_ids);
	char path[32];

	if (!x->user)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	autoclose int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_set(e, "process", errno, "open the root of container %s", x->container);
	w->user = ids;
	return probe_user(a, root, x->user, &(struct strv){ 0 }, ids, e);
}

/* A container that may make cgroups of its own has moved its processes further down, where it uses
 * controllers of v2: into the one that hands them on none can be born (cgroup-v2.rst, "No Internal Process
 * Constraint"). */
static const char *probe_home(struct arena *a, const struct record *rec)
{
	const struct step_process *s = plan_process(&rec->plan);
	struct cgroup_member *list = NULL;
	size_t n = 0;

	if (!s || !s->cgroup || s->moved || cgroup_members(a, rec->pid, &list, &n) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (list[i].v2 && cgroup_is_within(list[i].dir, s->cgroup))
			return list[i].dir;
	return NULL;
}

/* The filter itself is not recorded, but its profile is, and the capabilities it was made for. */
static int probe_filter(struct arena *a, const struct plan *p, struct exec_wish *w, struct err *e)
{
	const struct step_seccomp *filter = plan_seccomp(p);
	struct facts f = { 0 };
	struct spec s;
	struct stat st;
	int r;

	if (!filter || w->privileged)
		return 0;
	/* nobody may ever write to a pipe again */
	if (!str_eq(filter->profile, "default") && stat(filter->profile, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, "seccomp-file", EINVAL, "read seccomp profile %s", filter->profile),
		       err_cause(e, "it was no regular file, and can't be read a second time"),
		       err_hint(e, "keep the profile of a container in a file, or use --privileged");
	spec_init(&s);
	s.security.caps = plan_bounding(p)->keep;
	s.security.seccomp = str_eq(filter->profile, "default") ? SECCOMP_DEFAULT : SECCOMP_FILE;
	s.security.seccomp_file = filter->profile;
	r = probe_seccomp(a, &s, &f, e);
	w->seccomp = f.seccomp;
	return r;
}

/* The container's, with another user's home unless the container was given one; then what was asked for. */
static int make_env(struct arena *a, const struct exec_spec *x, const struct record *rec, struct exec_wish *w,
		    struct err *e)
{
	const struct strv *first = &plan_exec(&rec->plan)->env;
	int r = 0;

	for (size_t i = 0; i < first->n; i++)
		strv_push(a, &w->env, first->v[i]);
	if (w->user && !env_get(&rec->env, "HOME", 4))
		r = env_add(a, &w->env, arena_printf(a, "HOME=%s", w->user->home), NULL, e);
	if (x->tty)
		env_default(a, &w->env, "TERM", "xterm");
	for (size_t i = 0; r == 0 && i < x->env.n; i++)
		r = env_add(a, &w->env, x->env.v[i], NULL, e);
	return r;
}

static int make_wish(struct arena *a, const struct exec_spec *x, const struct record *rec,
		     struct exec_wish *w, struct err *e)
{
	int r;

	*w = (struct exec_wish){ .container = &rec->plan,
				 .workdir = x->workdir,
				 .privileged = x->privileged,
				 .tty = x->tty,
				 .detach = x->detach,
				 .argv = x->argv };
	w->enters = enter_needed(rec->pid);
	w->cgroup = probe_home(a, rec);
	w->caps_held = CAPS_ALL;
	if (!(w->enters & ns_flag[NS_USER]) && (r = caps_held(&w->caps_held, e)) < 0)
		return r;
	if ((r = probe_exec_user(a, x, rec->pid, w, e)) < 0 || (r = probe_filter(a, &rec->plan, w, e)) < 0)
		return r;
	return make_env(a, x, rec, w, e);
}

/* ---- running it ---- */

static int not_running(const struct exec_spec *x, const char *why, struct err *e)
{
	return err_set(e, "not-running", ESRCH, "execute a command in container %s", x->container),
	       err_cause(e, "%s", why);
}

/* What enters a frozen cgroup would freeze before its command begins, and nobody would see why. */
static int paused(const struct exec_spec *x, struct err *e)
{
	return err_set(e, "container-paused", EBUSY, "execute a command in container %s", x->container),
	       err_cause(e, "it is paused"), err_hint(e, "guise unpause %s first", x->container);
}

static int run_foreground(const struct exec_spec *x, const struct plan *p, struct live *live, int *status,
			  struct err *e)
{
	struct watch w = WATCH_NONE;
	struct stdio io = STDIO_OWN;
	int r = foreground_open(&w, &io, x->interactive, x->tty, e);

	if (r == 0)
		r = foreground_shield(&w, &io, x->tty, e);
	if (r == 0)
		r = launch(NULL, p, live, &io, &w.terminal, e);
	stdio_close(&io);
	if (r < 0)
		return r;
	w.pidfd = live->pidfd;
	w.pid = live->pid;
	foreground_attach(&w);
	r = watch_run(&w, status, e);
	watch_end(&w);
	foreground_tell(&w);
	if (r == 0)
		foreground_tell_filtered(p, *status);
	return r;
}

static int run_detached(const struct plan *p, struct live *live, struct err *e)
{
	autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct stdio io = { { null, null, null } };
	int none;

	if (null < 0)
		return err_set(e, "file", errno, "open /dev/null");
	return launch(NULL, p, live, &io, &none, e);
}

static int run_wish(struct arena *a, const struct exec_spec *x, const struct exec_wish *w, struct live *live,
		    int *status, struct err *e)
{
	struct plan p = { .arena = a };
	int r;

	plan_build_exec(&p, w);
	r = x->detach ? run_detached(&p, live, e) : run_foreground(x, &p, live, status, e);
	if (r < 0)
		launch_give_up(live);
	return r;
}

int exec_protect(struct state *st, struct arena *a, const char *container, struct err *e)
{
	struct control k;
	int r = control_open(&k, st, a, container, e);

	if (r == 0 && k.pidfd >= 0)
		r = protect_exec(a, &k.c, &k.rec.plan, k.rec.pid, e);
	control_close(&k);
	return r;
}

int exec_container(struct state *st, struct arena *a, const struct exec_spec *x, int *status, struct err *e)
{
	struct control k;
	struct exec_wish w;
	struct live live;
	int r = x->detach ? 0 : foreground_check(x->interactive, x->tty, e);

	if (r < 0)
		return r;
	if ((r = control_open(&k, st, a, x->container, e)) == 0 && k.pidfd < 0)
		r = not_running(x, "it is not running", e);
	if (r == 0 && k.paused)
		r = paused(x, e);
	if (r == 0) {
		live_init(&live, k.c.id, a, st->fd);
		live.target = take_fd(&k.pidfd);
		if ((r = protect_exec(a, &k.c, &k.rec.plan, k.rec.pid, e)) == 0 &&
		    (r = make_wish(a, x, &k.rec, &w, e)) == 0 &&
		    (r = protect_later(&k.c, &k.rec.plan, x->privileged ? CAPS_ALL : 0, e)) == 0)
			r = run_wish(a, x, &w, &live, status, e);
		if (r < 0 && enter_failed_by_end(k.rec.pid, live.target, e))
			r = not_running(x, "it ended before the command began", e);
		live_close(&live);
	}
	control_close(&k);
	return r;
}
