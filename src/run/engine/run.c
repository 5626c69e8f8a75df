/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The life of a container: spec → facts → plan → recorded → applied → watched → undone.
 *
 * In the foreground the guise that was called does all of it, and is the parent of the container. With
 * --detach it forks once the plan is recorded: the child, the monitor, goes on in a session of its own,
 * and the caller prints the id when the command has been executed. There is no other daemon.
 */
#include "run/engine/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "kernel/process/pidfd.h"
#include "run/engine/attach.h"
#include "run/engine/finish.h"
#include "run/engine/network.h"
#include "run/engine/probe.h"
#include "run/engine/publish.h"
#include "run/engine/remove.h"
#include "run/engine/run_record.h"
#include "run/engine/spread.h"
#include "run/engine/tree.h"
#include "run/engine/volumes.h"
#include "run/start/foreground.h"
#include "run/start/interrupt.h"
#include "run/start/launch.h"
#include "run/start/leftover.h"
#include "run/start/pidfile.h"
#include "run/start/watch.h"
#include "state/layer.h"
#include "state/log.h"

/* ---- plan and record ---- */

/* Who writes to a layer finds it again, but for --rm. */
static int find_layer(struct state *st, struct arena *a, const struct container *c, const struct spec *s,
		      struct facts *f, struct err *e)
{
	int r;

	if (!s->root.overlay || s->root.readonly || s->remove)
		return 0;
	f->layers = arena_printf(a, "%s/containers", st->data);
	if ((r = layer_make(c, st, a, &f->layer, e)) == 0 && !f->layer)
		strv_push(a, &f->notes,
			  arena_printf(
				  a, "what it writes is not kept: %s is in a file system that holds no layer",
				  st->data));
	return r;
}

/* Each of a layer's directories has the number of the one that it covers: so these are the same as in the
 * run before, whatever the host has mounted since. */
static void keep_covered(const struct record *was, struct facts *f)
{
	const struct step_root *s = was ? plan_root(&was->plan) : NULL;

	if (!s || !s->layer || !f->layer)
		return;
	f->root_empty = s->empty;
	f->below = s->below;
	f->bound = s->bound;
	f->dirs = s->dirs;
}

/* c NULL: of one that is only shown. *volumes: as volumes_prepare() has it. */
static int make_plan(struct state *st, struct live *live, const struct container *c, const struct record *was,
		     struct spec *s, struct facts *f, struct plan *p, int *volumes, struct err *e)
{
	int r = volumes_prepare(st, live->arena, live->id, s, c, volumes, e);

	if (r == 0)
		r = probe(st, live->arena, live->id, s, f, e);
	f->name = c ? c->name : s->name ? s->name : "container";
	if (r == 0 && c)
		r = find_layer(st, live->arena, c, s, f, e);
	keep_covered(was, f);
	if (r == 0 && s->network.mode == NET_BRIDGE)
		r = network_probe(st, live, &s->network, f, !c, e);
	if (r == 0)
		r = publish_probe(st, live, s, f, !c, e);
	*p = (struct plan){ .arena = live->arena };
	if (r < 0 || (r = plan_build(p, s, f, e)) < 0)
		return r;
	tree_prepare(p, live);
	return 0;
}

/* A file the user named, which must not be there yet (docker's --cidfile). */
static int write_named(const char *path, const char *text, struct err *e)
{
	autoclose int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
	int r = fd < 0 ? -errno : io_write_all(fd, text, strlen(text));

	if (!path || r == 0)
		return 0;
	if (fd >= 0)
		unlink(path);
	err_set(e, "file", -r, "write %s", path);
	err_hint_for(e, EEXIST, "if it is of a container that is gone, remove it: rm %s", path);
	return err_hint_for(e, ENOENT, "make its directory first");
}

/* ---- the part that stays with the container ---- */

struct run {
	struct state *st;
	const struct run_wish *wish; /* NULL: it is started again */
	struct spec *spec;
	struct container *c;
	struct record *rec;
	struct live *live;
	struct stdio io; /* what the command gets */
	struct watch watch;
	struct log log;             /* detached */
	struct attach_offer attach; /* detached and interactive */
};

/* The command was not executed: nothing stays. */
static void unbegin(struct run *run)
{
	pidfile_take_back(run->live);
	if (run->wish && run->spec->cidfile)
		unlink(run->spec->cidfile);
	finish_unbegun(run->c, run->st, run->rec, run->live);
}

static int launch_and_record(struct run *run, struct err *e)
{
	if (run->rec->memory_cgroup && run->rec->memory_v1)
		cgroup_oom_since(run->live->arena, &run->rec->machine_kills);

	int r = launch(run->c, &run->rec->plan, run->live, &run->io, &run->watch.terminal, e);

	stdio_close(&run->io);
	if (r < 0)
		return r;
	run->rec->pid = run->watch.pid = run->live->pid;
	run->watch.pidfd = run->live->pidfd;
	spread_begun(run->live);
	if (run->c->run > 1)
		container_forget_runs(run->c);
	return 0;
}

[[gnu::hot]] static int watch_and_finish(struct run *run, int *status, struct err *e)
{
	const char *oom;
	int r = watch_run(&run->watch, status, e), n;

	attach_withdraw(&run->attach, run->c);
	/* an end that was not seen is of no known code */
	n = finish(run->c, run->st, run->rec, run->live, r < 0 ? -1 : *status,
		   r < 0 ? &(struct err){ 0 } : e);
	/* all is done but for what nobody may ever read: whoever waits for this guise need not wait for
	 * that */
	container_close(run->c);
	watch_end(&run->watch);
	oom = finish_oom_line(run->rec);
	if (*oom)
		dprintf(STDERR_FILENO, "guise: %s\n", oom);
	foreground_tell(&run->watch);
	if (r == 0)
		foreground_tell_filtered(&run->rec->plan, *status);
	return r < 0 ? r : n;
}

/* ---- in the foreground ---- */

static int begin_foreground(struct run *run, struct err *e)
{
	int r = foreground_open(&run->watch, &run->io, run->spec->interactive, run->spec->tty, e);

	if (r == 0)
		r = foreground_shield(&run->watch, &run->io, run->spec->tty, e);
	return r < 0 ? r : launch_and_record(run, e);
}

static int run_foreground(struct run *run, int *status, struct err *e)
{
	int r = begin_foreground(run, e);

	if (r < 0) {
		unbegin(run);
		return r;
	}
	foreground_attach(&run->watch);
	return watch_and_finish(run, status, e);
}

/* ---- detached ---- */

static int open_null(struct stdio *io, int n, struct err *e)
{
	io->fd[n] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return io->fd[n] < 0 ? err_set(e, "file", errno, "open /dev/null") : 0;
}

/* Pipes for what the command prints; with a terminal, that carries it. */
static int make_pipes(struct run *run, struct err *e)
{
	int r;

	/* --interactive: held open, so that the command sees no end, and who attaches may write there */
	r = run->spec->interactive ? stdio_pipe(&run->io, 0, &run->attach.pipe, e) :
				     open_null(&run->io, 0, e);
	if (r == 0)
		r = run->watch.log ? stdio_pipe(&run->io, 1, &run->watch.out, e) : open_null(&run->io, 1, e);
	if (r == 0)
		r = run->watch.log ? stdio_pipe(&run->io, 2, &run->watch.err, e) : open_null(&run->io, 2, e);
	return r;
}

static int make_streams(struct run *run, struct err *e)
{
	const struct spec_log *wish = &run->spec->log;
	int r = wish->none ? 0 :
			     log_create(&run->log, run->st, run->c, run->live->arena, wish->max_size,
					wish->max_file, e);

	run->watch.log = wish->none ? NULL : &run->log;
	if (r == 0 && !run->spec->tty)
		r = make_pipes(run, e);
	return r < 0 || !run->spec->interactive ? r : attach_offer(&run->attach, run->c, &run->watch, e);
}

/* It is nobody's foreground job, and has nothing open but what it works with: $(guise run -d ...) waits
 * until nobody has its pipe any more, and so may others for what they have open. */
static int leave_caller(struct run *run, int report, struct err *e)
{
	const int own[] = { report,      run->c->dir,         container_run_dir(run->c),
			    run->st->fd, run->st->containers, run->st->kept };

	setsid();
	prctl(PR_SET_NAME, "guise-monitor");
	return live_keep(run->live, own, sizeof(own) / sizeof(*own), e);
}

/* The rest, when the command, which was to inherit it, has been executed. */
static int leave_rest(void)
{
	return fd_null_stdio() < 0 ? -1 : chdir("/");
}

/* The monitor: reports over `report` once (one byte: the command runs; a struct err: why not), then lives as
 * long as the container. */
[[gnu::hot]] _Noreturn static void monitor_main(struct run *run, int report)
{
	struct err e = { 0 };
	int status = 0, r = leave_caller(run, report, &e);

	if (r == 0)
		r = make_streams(run, &e);
	if (r == 0 && (run->watch.signals = watch_signals(&e)) < 0)
		r = run->watch.signals;
	if (r == 0)
		r = launch_and_record(run, &e);
	if (r < 0) {
		unbegin(run);
		send(report, &e, sizeof(e), MSG_NOSIGNAL);
		_exit(e.status);
	}
	watch_take_signals(&run->watch);
	if (leave_rest() < 0)
		_exit(125);
	send(report, "", 1, MSG_NOSIGNAL);
	close(report);
	run->watch.small = true;
	watch_and_finish(run, &status, &e);
	_exit(status);
}

static int run_detached(struct run *run, struct err *e)
{
	int pair[2];
	struct err from_monitor;
	ssize_t n;
	pid_t pid;

	interrupt_begin();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || (pid = fork()) < 0) {
		err_set(e, "process", errno, "start a monitor");
		unbegin(run);
		return -e->no;
	}
	if (pid == 0) {
		close(pair[0]);
		monitor_main(run, pair[1]);
	}
	close(pair[1]);
	autoclose int monitor = pidfd_of(pid);
	interrupt_aim(monitor, 0, -1);
	live_close_networks(run->live); /* the networks' locks are the monitor's alone */
	while ((n = recv(pair[0], &from_monitor, sizeof(from_monitor), 0)) < 0 && errno == EINTR)
		;
	close(pair[0]);
	interrupt_end();
	if (n == 1)
		return 0;
	if (n != sizeof(from_monitor))
		return err_set(e, "process", EPROTO, "hear from the container's monitor"),
		       err_cause(e, "it was killed");
	return err_take(e, &from_monitor);
}

/* ---- both ---- */

static int run_recorded(struct run *run, int *status, struct err *e)
{
	if (run->spec->detach)
		return run_detached(run, e);
	return run_foreground(run, status, e);
}

static void print_notes(const struct facts *f)
{
	for (size_t i = 0; i < f->notes.n; i++)
		dprintf(STDERR_FILENO, "guise: %s\n", f->notes.v[i]);
}

/* What is written of it: all when it is new, else what its new run is. */
static int write_record(struct run *run, const struct facts *f, const struct record *was, struct err *e)
{
	struct record *r = run->rec;
	int n = was ? 0 : write_named(run->spec->cidfile, run->c->id, e);

	if (n < 0)
		return n;
	run_record(r, run->c, run->spec, f, &r->plan);
	if (!was) {
		r->argv = run->wish->argv;
		r->cwd = run->wish->cwd;
		n = record_write_container(run->c, r, e);
		if (run->wish->image)
			fd_close(run->wish->image);
		if (n < 0 && run->spec->cidfile)
			unlink(run->spec->cidfile);
		return n;
	}
	r->created = was->created;
	r->by_create = was->by_create;
	return record_write_run(run->c, r, e);
}

/* A run of the container that run->c is, locked: `was` is its record before that, NULL for one that is
 * just being made. */
static int run_once(struct run *run, struct arena *a, const struct record *was, int *status, struct err *e)
{
	struct facts f = { 0 };
	struct live live;
	struct record rec = { 0 };
	int volumes, r;

	live_init(&live, run->c->id, a, run->st->fd);
	run->live = &live;
	run->rec = &rec;
	live.owner = leftover_owner(run->st, a, run->c->id);
	live.pidfile = run->spec->pidfile;
	r = make_plan(run->st, &live, run->c, was, run->spec, &f, &rec.plan, &volumes, e);
	if (r == 0)
		r = write_record(run, &f, was, e);
	fd_close(&volumes);
	if (r < 0) {
		network_release(&live, &f);
		if (was)
			container_drop_run(run->c, &(struct err){ 0 });
		else
			remove_container(run->c, run->st, &(struct err){ 0 });
	} else {
		print_notes(&f);
		r = run_recorded(run, status, e);
	}
	live_close(&live);
	return r;
}

int run_container(struct state *st, struct arena *a, const struct run_wish *w, int *status, struct err *e)
{
	struct spec *s = w->spec;
	struct container c;
	struct run run = { .st = st,
			   .wish = w,
			   .spec = s,
			   .c = &c,
			   .io = STDIO_OWN,
			   .watch = WATCH_NONE,
			   .attach = ATTACH_NONE };
	int r = s->detach ? 0 : foreground_check(s->interactive, s->tty, e);

	if (r == 0)
		r = container_create(&c, st, a, s->name, !s->remove, e);
	if (r < 0)
		return r;
	if (!s->remove && (r = container_begin_run(&c, e)) < 0)
		remove_container(&c, st, &(struct err){ 0 });
	else
		r = run_once(&run, a, NULL, status, e);
	if (r == 0 && s->detach && !w->quiet)
		printf("%s\n", c.id);
	container_close(&c);
	return r;
}

int run_create(struct state *st, struct arena *a, const struct run_wish *w, struct err *e)
{
	struct spec *s = w->spec;
	struct facts f;
	struct container c;
	struct record rec;
	struct plan none = { .arena = a };
	int volumes, r = container_create(&c, st, a, s->name, true, e);

	if (r < 0)
		return r;
	/* what it needs of the host, and that has not, is told now */
	if ((r = volumes_prepare(st, a, c.id, s, true, &volumes, e)) == 0 &&
	    (r = probe(st, a, c.id, s, &f, e)) == 0 && (r = write_named(s->cidfile, c.id, e)) == 0) {
		s->detach = true; /* as it is started unless that says otherwise */
		run_record(&rec, &c, s, &f, &none);
		rec.argv = w->argv;
		rec.cwd = w->cwd;
		rec.by_create = true;
		r = record_write_wish(&c, &rec, e);
		if (r < 0 && s->cidfile)
			unlink(s->cidfile);
	}
	fd_close(&volumes);
	if (r < 0)
		remove_container(&c, st, &(struct err){ 0 });
	else
		printf("%s\n", c.id);
	container_close(&c);
	return r;
}

int run_again(struct control *k, struct spec *s, int *status, struct err *e)
{
	struct run run = { .st = k->st,
			   .spec = s,
			   .c = &k->c,
			   .io = STDIO_OWN,
			   .watch = WATCH_NONE,
			   .attach = ATTACH_NONE };
	int r = s->detach ? 0 : foreground_check(s->interactive, s->tty, e);

	if (r == 0)
		r = container_begin_run(&k->c, e);
	return r < 0 ? r : run_once(&run, k->arena, &k->rec, status, e);
}

/* As explain prints it of one that runs. */
static void print_json(const struct plan *p, const char *name, struct str *out)
{
	struct target none;

	target_init(&none, out->arena, 0, -1);
	str_add(out, "{\"name\": ");
	json_add_string(out, name);
	str_add(out, ",\n \"steps\": ");
	plan_explain_json(p, &none, false, out);
	str_add(out, "}\n");
}

int run_print(struct state *st, struct arena *a, struct spec *s, bool json, struct str *out, struct err *e)
{
	static const char id[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct facts f;
	struct plan plan;
	struct live live;
	int volumes, r;

	live_init(&live, id, a, st->fd);
	r = make_plan(st, &live, NULL, NULL, s, &f, &plan, &volumes, e);
	fd_close(&volumes);
	if (r == 0 && json)
		print_json(&plan, s->name, out);
	else if (r == 0)
		plan_script(&plan, s->name ? s->name : "container", out);
	live_close(&live);
	return r;
}
