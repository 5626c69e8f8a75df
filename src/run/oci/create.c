/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * bundle → config → facts → plan → recorded → applied, as src/run/engine/ does it for guise run. The lock of
 * the container's directory is held until it is created, or runs.
 */
#include "run/oci/create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "run/oci/caps.h"
#include "run/oci/console.h"
#include "run/oci/delete.h"
#include "run/oci/filter.h"
#include "run/oci/inherited.h"
#include "run/oci/making.h"
#include "run/oci/notify.h"
#include "run/oci/trace.h"
#include "run/start/foreground.h"
#include "run/start/leftover.h"
#include "run/start/pidfile.h"
#include "run/start/protect.h"

/* ---- bundle → plan ---- */

static int read_config(struct arena *a, const struct oci_wish *w, struct oci_config *c, struct err *e)
{
	const char *path = arena_printf(a, "%s/config.json", w->bundle);
	struct stat st;
	char *text;
	size_t len;
	int r;

	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && protect_now(a, w->caller_dir, e) < 0)
		return -e->no;
	if ((r = io_read_given(a, path, OCI_CONFIG_MAX, &text, &len)) < 0)
		return err_set(e, "config-missing", -r, "read %s", path);
	return oci_parse(a, text, len, w->bundle, c, e);
}

/* "... MUST be logged as a warning" (config.md): what the reader left out or takes otherwise than it is
 * written. */
static void tell_warnings(const struct making *m)
{
	for (size_t i = 0; i < m->config.warnings.n; i++) {
		struct err e = { 0 };

		err_set(&e, "config-warning", EINVAL, "config.json");
		err_cause(&e, "%s", str_after(m->config.warnings.v[i], "config.json: "));
		m->warn->tell(m->warn->arg, &e);
	}
}

static int make_plan(struct making *m, struct state *st, struct arena *a, bool wait, struct plan *p,
		     struct timing *t, struct err *e)
{
	struct oci_wish with = *m->wish, *w = &with;
	int r = read_config(a, w, &m->config, e);

	timing_mark(t, "spec");
	if (r < 0 || (r = protect_create(a, &m->config, wait, w->caller_dir, e)) < 0 ||
	    (r = protect_others(st, a, &m->config, e)) < 0)
		return r;
	tell_warnings(m);
	if (m->config.has_process) {
		oci_probe_listen(a, w);
		r = oci_console_check(w->console_socket, m->config.process.tty, !wait && !w->detach, e);
	}
	if (r < 0 || (r = oci_probe(st, a, &m->config, w, &m->facts, e)) < 0)
		return r;
	if (m->config.has_process)
		oci_caps_warn(a, &m->config.process, m->facts.caps_held, m->warn);
	timing_mark(t, "probe");
	notify_wish(m, st->path, a);
	m->facts.wait_for_start = wait;
	m->facts.die_with_runtime = !wait && !w->detach;
	*p = (struct plan){ .arena = a };
	r = plan_build_oci(p, &m->config, &m->facts, e);
	if (r == 0)
		oci_trace_plan(m->warn, p);
	timing_mark(t, "plan");
	return r;
}

/* ---- recorded ---- */

static int record(struct making *m, const struct plan *p, struct err *e)
{
	struct oci_record *r = &m->o.rec;

	*r = (struct oci_record){ .id = m->o.c.id,
				  .version = m->config.version,
				  .bundle = m->wish->bundle,
				  .rootfs = m->facts.root,
				  .created = record_now(),
				  .annotations = m->config.annotations,
				  .cgroup = m->facts.home,
				  .scope = m->facts.scope,
				  .plan = *p,
				  .later = { .arena = p->arena } };
	oci_hooks_record(&m->config, &r->later);
	int n = oci_record_write(&m->o, e);
	m->o.recorded = n == 0;
	if (n == 0)
		n = oci_inherited_save(&m->o, m->config.inherited, e);
	return n < 0 ? n : oci_filter_save(&m->o, m->facts.seccomp, e);
}

/* The socket that start connects to. Bound by a short name, whatever the path of the directory is (unix(7)).
 * It gets its own name only when the first process waits there. */
static int listen_for_start(struct making *m, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/start.new", m->o.c.dir);
	m->live.start = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (m->live.start < 0 || bind(m->live.start, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(m->live.start, 1) < 0)
		return err_set(e, "state", errno, "make the socket for start of container %s", m->o.c.id);
	return 0;
}

/* ---- made ---- */

static int make_first(struct making *m, const struct stdio *io, int *terminal, struct err *e)
{
	return m->restore ? m->restore(m, terminal, e) :
			    launch(&m->o.c, &m->o.rec.plan, &m->live, io, terminal, e);
}

static int launch_recorded(struct making *m, bool wait, const struct stdio *io, int *terminal,
			   struct timing *t, struct err *e)
{
	int r;

	m->live.timing = t;
	m->live.pidfile = m->wish->pid_file;
	oci_hook_state(&m->o.rec, &m->live);
	if ((r = notify_prepare(m, e)) < 0 || (wait && (r = listen_for_start(m, e)) < 0) ||
	    (!wait && (r = notify_listen(&m->notify, &m->o, m->wish->notify, e)) < 0) ||
	    (r = make_first(m, io, terminal, e)) < 0)
		return r;
	m->o.rec.pid = m->live.pid;
	m->o.pidfd = take_fd(&m->live.pidfd);
	oci_trace(m->o.arena, m->warn, "container %s: its first process is %d", m->o.c.id, m->o.rec.pid);
	if (*terminal >= 0 && m->wish->console_socket) {
		r = oci_console_send(m->wish->console_socket, *terminal, e);
		fd_close(terminal);
	}
	if (r == 0)
		r = oci_pidfd_send(m->wish->pidfd_socket, m->o.pidfd, e);
	return r < 0 ? r : pidfile_write(&m->live, e); /* restored: not launched */
}

/* It failed: nothing stays. */
static void unmake(struct making *m)
{
	if (m->o.pidfd < 0)
		m->o.pidfd = take_fd(&m->live.pidfd);
	m->o.rec.pid = m->live.pid;
	pidfile_take_back(&m->live);
	m->o.faults = m->live.faults;
	oci_destroy(&m->o, m->warn, &(struct err){ 0 });
}

int oci_making_begin(struct making *m, struct state *st, struct arena *a, bool wait, struct timing *t,
		     struct err *e)
{
	struct plan p;
	int r;

	timing_mark(t, "");
	if ((r = make_plan(m, st, a, wait, &p, t, e)) < 0 ||
	    (r = oci_claim(&m->o, st, a, m->wish->id, e)) < 0)
		return r;
	live_init(&m->live, m->o.c.id, a, st->fd);
	m->live.owner = leftover_owner(st, a, m->o.c.id);
	if ((r = record(m, &p, e)) < 0)
		unmake(m);
	timing_mark(t, "record");
	return r;
}

void oci_making_end(struct making *m)
{
	fd_close(&m->notify.sock);
	live_close(&m->live);
	oci_close(&m->o);
}

int oci_create(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_warn *warn,
	       struct timing *t, struct err *e)
{
	struct making m = { .wish = w, .warn = warn, .notify.sock = -1 };
	struct stdio io = STDIO_OWN;
	int terminal = -1, r = oci_making_begin(&m, st, a, true, t, e);

	if (r < 0)
		return r;
	r = launch_recorded(&m, true, &io, &terminal, t, e);
	if (r == 0 && renameat(m.o.c.dir, "start.new", m.o.c.dir, "start") < 0)
		r = err_set(e, "state", errno, "open container %s to start", w->id);
	if (r < 0)
		unmake(&m);
	oci_making_end(&m);
	return r;
}

/* ---- run ---- */

static int run_detached(struct making *m, struct timing *t, struct err *e)
{
	struct stdio io = STDIO_OWN;
	int terminal = -1, r = launch_recorded(m, false, &io, &terminal, t, e);

	if (r < 0 || (r = oci_hooks_poststart(&m->o, e)) < 0) {
		unmake(m);
		return r;
	}
	oci_unlock(&m->o);
	m->notify.pid = m->o.rec.pid;
	notify_await(&m->notify, m->o.pidfd);
	return 0;
}

/* Wait until the command has ended. Then remove the container, unless another command has done so, or it is
 * to be kept. */
static int run_foreground(struct making *m, struct timing *t, int *status, struct err *e)
{
	struct watch watch = WATCH_NONE;
	struct stdio io = STDIO_OWN;
	struct err why;
	int r = foreground_open(&watch, &io, true, m->config.process.tty, e);

	if (r == 0)
		r = launch_recorded(m, false, &io, &watch.terminal, t, e);
	if (r < 0 || (r = oci_hooks_poststart(&m->o, e)) < 0) {
		unmake(m);
		return r;
	}
	watch.pidfd = m->o.pidfd;
	watch.other = m->notify.sock;
	watch.hear = m->notify.sock < 0 ? NULL : notify_relay;
	watch.arg = &m->notify;
	foreground_attach(&watch);
	oci_unlock(&m->o);
	r = watch_run(&watch, status, e);
	if (r == 0 && foreground_filtered(&m->o.rec.plan, *status, &why))
		m->warn->tell(m->warn->arg, &why);
	if (r == 0 && !m->wish->keep && (r = oci_lock(&m->o, e)) == 0)
		r = oci_destroy(&m->o, m->warn, e);
	watch_end(&watch);
	return r == -ENOENT ? 0 : r;
}

int oci_making_run(struct making *m, struct timing *t, int *status, struct err *e)
{
	return m->wish->detach ? run_detached(m, t, e) : run_foreground(m, t, status, e);
}

int oci_run(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_warn *warn,
	    struct timing *t, int *status, struct err *e)
{
	struct making m = { .wish = w, .warn = warn, .notify.sock = -1 };
	int r = oci_making_begin(&m, st, a, false, t, e);

	if (r < 0)
		return r;
	r = oci_making_run(&m, t, status, e);
	oci_making_end(&m);
	return r;
}
