/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/caps.h"
#include "kernel/process/userns.h"
#include "plan/build/oci/exec.h"
#include "run/oci/caps.h"
#include "run/oci/console.h"
#include "run/oci/exec_cgroup.h"
#include "run/oci/filter.h"
#include "run/oci/inherited.h"
#include "run/oci/trace.h"
#include "run/start/enter.h"
#include "run/start/foreground.h"
#include "run/start/launch.h"
#include "run/start/pidfile.h"
#include "run/start/probe.h"
#include "run/start/protect.h"
#include "spec/engine_words.h"
#include "spec/env.h"

/* ---- which process ---- */

/* It takes the place of the container's process as a whole. Without an OOM score of its own it gets that
 * one's, so that the kernel ends it no later than the others. */
static int read_process(struct arena *a, const char *file, struct oci_process *pr, struct err *e)
{
	const struct oci_process first = *pr;
	char *text;
	size_t len;
	int r = io_read_given(a, file, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "file", -r, "read %s", file);
	if ((r = oci_parse_process(a, text, len, file, pr, e)) == 0 && !pr->has_oom_score_adj) {
		pr->has_oom_score_adj = first.has_oom_score_adj;
		pr->oom_score_adj = first.oom_score_adj;
	}
	return r;
}

static int change_env(struct arena *a, const struct oci_exec *x, struct oci_process *pr, struct err *e)
{
	struct strv env = { 0 };
	int r = 0;

	for (size_t i = 0; i < pr->env.n; i++)
		strv_push(a, &env, pr->env.v[i]);
	for (size_t i = 0; r == 0 && i < x->env.n; i++)
		r = env_add(a, &env, x->env.v[i], NULL, e);
	pr->env = env;
	return r;
}

static int change_process(struct arena *a, const struct oci_exec *x, struct oci_process *pr, struct err *e)
{
	pr->args = x->args;
	pr->tty = x->tty;
	if (x->cwd)
		pr->cwd = x->cwd;
	if (x->has_user) {
		pr->uid = x->uid;
		pr->gid = x->has_gid ? x->gid : pr->gid;
	}
	if (x->n_groups) {
		pr->groups = x->groups;
		pr->n_groups = x->n_groups;
	}
	pr->caps.bounding |= x->caps;
	pr->caps.permitted |= x->caps;
	pr->caps.effective |= x->caps;
	pr->no_new_privs |= x->no_new_privs;
	if (x->apparmor)
		pr->apparmor = x->apparmor;
	if (x->label)
		pr->selinux = x->label;
	return change_env(a, x, pr, e);
}

static int make_config(const struct oci_container *o, const struct oci_exec *x, struct oci_config *c,
		       struct err *e)
{
	int r = oci_inherited_load(o, c, e);

	if (r < 0)
		return r;
	if (x->process_file)
		return read_process(o->arena, x->process_file, &c->process, e);
	return change_process(o->arena, x, &c->process, e);
}

/* ---- what the plan depends on ---- */

static int probe_home(const struct oci_container *o, const struct oci_config *c, struct oci_facts *f,
		      struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", o->rec.pid);
	return oci_probe_home(o->arena, path, &c->process, f, e);
}

static int probe(const struct oci_container *o, const struct oci_exec *x, const struct oci_config *c,
		 struct oci_facts *f, struct oci_exec_wish *w, struct err *e)
{
	const struct step_user *user = plan_user(&o->rec.plan);
	int r;

	*f = (struct oci_facts){ .id = o->c.id,
				 .privileged = geteuid() == 0 && !userns_inside(),
				 .caps_held = CAPS_ALL,
				 .die_with_runtime = !x->detach };
	/* where one id is mapped no groups can be set (user_namespaces(7)); so it was for the container */
	f->single_id = user && user->keep_groups;
	*w = (struct oci_exec_wish){ .container = &o->rec.plan, .enters = enter_needed(o->rec.pid) };
	oci_probe_fds(x->preserve_fds, f);
	if ((r = probe_home(o, c, f, e)) < 0 || (r = oci_filter_load(o, &f->seccomp, e)) < 0 ||
	    (r = oci_exec_cgroups(o->arena, &x->cgroups, w, e)) < 0)
		return r;
	return w->enters & ns_flag[NS_USER] ? 0 : caps_held(&f->caps_held, e);
}

/* ---- running it ---- */

/* Launched; its terminal handed over, or left in *terminal for the foreground. */
static int launch_process(const struct oci_exec *x, const struct plan *p, struct live *live,
			  const struct stdio *io, int *terminal, struct err *e)
{
	int r;

	live->pidfile = x->pid_file;
	r = launch(NULL, p, live, io, terminal, e);
	if (r == 0 && *terminal >= 0 && x->console_socket) {
		r = oci_console_send(x->console_socket, *terminal, e);
		fd_close(terminal);
	}
	if (r == 0)
		r = oci_pidfd_send(x->pidfd_socket, live->pidfd, e);
	if (r < 0) {
		pidfile_take_back(live);
		launch_give_up(live);
	}
	return r;
}

static int run_foreground(const struct oci_exec *x, const struct plan *p, struct live *live, bool tty,
			  const struct oci_warn *warn, int *status, struct err *e)
{
	struct watch w = WATCH_NONE;
	struct stdio io = STDIO_OWN;
	struct err why;
	int r = foreground_open(&w, &io, true, tty, e);

	if (r < 0 || (r = launch_process(x, p, live, &io, &w.terminal, e)) < 0)
		return r;
	stdio_close(&io);
	w.pidfd = live->pidfd;
	foreground_attach(&w);
	r = watch_run(&w, status, e);
	watch_end(&w);
	if (r == 0 && foreground_filtered(p, *status, &why))
		warn->tell(warn->arg, &why);
	return r;
}

static int run_detached(const struct oci_exec *x, const struct plan *p, struct live *live, struct err *e)
{
	struct stdio io = STDIO_OWN;
	int terminal = -1;

	return launch_process(x, p, live, &io, &terminal, e);
}

static int check_status(const struct oci_container *o, const struct oci_exec *x, struct err *e)
{
	if (o->status == OCI_RUNNING || o->status == OCI_CREATED ||
	    (o->status == OCI_PAUSED && x->ignore_paused))
		return 0;
	err_set(e, "not-running", ESRCH, "execute a command in container %s", o->c.id);
	if (o->status == OCI_PAUSED)
		return err_cause(e, ENGINE_EXEC_PAUSED), err_hint(e, "use --ignore-paused to override");
	return err_cause(e, o->status == OCI_STOPPED ? ENGINE_EXEC_STOPPED : ENGINE_NOT_RUNNING);
}

static int run_process(const struct oci_container *o, const struct oci_exec *x, const struct oci_warn *warn,
		       struct live *live, int *status, struct err *e)
{
	struct plan p = { .arena = o->arena };
	struct oci_exec_wish w;
	struct oci_config c;
	struct oci_facts f;
	int r = protect_exec(o->arena, &o->c, &o->rec.plan, o->rec.pid, e);

	if (r < 0 || (r = make_config(o, x, &c, e)) < 0 ||
	    (r = protect_later(&o->c, &o->rec.plan, c.process.caps.bounding, e)) < 0 ||
	    (r = oci_console_check(x->console_socket, c.process.tty, !x->detach, e)) < 0 ||
	    (r = probe(o, x, &c, &f, &w, e)) < 0)
		return r;
	oci_caps_warn(o->arena, &c.process, f.caps_held, warn);
	plan_build_oci_exec(&p, &c, &f, &w);
	oci_trace_plan(warn, &p);
	return x->detach ? run_detached(x, &p, live, e) :
			   run_foreground(x, &p, live, c.process.tty, warn, status, e);
}

int oci_exec(struct oci_container *o, const struct oci_exec *x, const struct oci_warn *warn, int *status,
	     struct err *e)
{
	struct live live;
	int r = check_status(o, x, e);

	if (r < 0)
		return r;
	live_init(&live, o->c.id, o->arena, o->st->fd);
	live.target = take_fd(&o->pidfd);
	oci_hook_state(&o->rec, &live);
	live.state_status = oci_status_name[o->status];
	live.state_pid = o->rec.pid;
	r = run_process(o, x, warn, &live, status, e);
	if (r < 0 && enter_failed_by_end(o->rec.pid, live.target, e)) {
		o->status = OCI_STOPPED;
		r = check_status(o, x, e);
	}
	live_close(&live);
	return r;
}
