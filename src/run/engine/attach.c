/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"
#include "kernel/process/tty.h"
#include "run/engine/control.h"
#include "run/start/terminal.h"
#include "run/start/watch.h"
#include "state/log.h"

enum { TYPED, TAKEN, SIGNALS, OTHERS };
_Static_assert((int)OTHERS <= (int)LOG_OTHERS_MAX, "what is waited for");

struct attach {
	struct control *k;
	struct attach_spec *spec;
	struct pollfd
		p[OTHERS]; /* guise's 0; the way to the command's, while that is full; guise's signals */
	int to;            /* the command's terminal, or the pipe to its 0; -1: it reads nothing from us */
	char room[1024 + KEYS_MAX];
	size_t start, end; /* what of it is to be written */
	bool detached;
};

/* ---- what is typed ---- */

/* More is read when this is written. */
static void wait_for_input(struct attach *t)
{
	bool full = t->start < t->end;

	t->p[TYPED].fd = t->to < 0 || full ? -1 : STDIN_FILENO;
	t->p[TAKEN].fd = full ? t->to : -1;
}

static void write_typed(struct attach *t)
{
	ssize_t n = write(t->to, t->room + t->start, t->end - t->start);

	if (n >= 0)
		t->start += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		fd_close(&t->to); /* nobody reads it any more */
	if (t->to < 0)
		t->start = t->end;
}

static void read_typed(struct attach *t)
{
	char typed[sizeof(t->room) - KEYS_MAX];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		fd_close(&t->to); /* the container's input goes on: another may attach */
		return;
	}
	t->start = 0;
	t->end = keys_filter(&t->spec->keys, typed, (size_t)n, t->room, &t->detached);
	if (t->end)
		write_typed(t);
}

/* ---- signals ---- */

static void forward(struct attach *t)
{
	struct signalfd_siginfo info;

	while (read(t->p[SIGNALS].fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH)
			control_signal(t->k, (int)info.ssi_signo, &(struct err){ 0 });
		else if (t->to >= 0 && t->k->rec.tty)
			tty_take_size(t->to);
	}
}

/* ---- between two looks at the log ---- */

static bool hear(void *arg)
{
	struct attach *t = arg;

	if (t->p[SIGNALS].revents)
		forward(t);
	if (t->p[TAKEN].revents)
		write_typed(t);
	if (t->p[TYPED].revents)
		read_typed(t);
	wait_for_input(t);
	return !t->detached;
}

/* ---- to begin with ---- */

static int check(const struct control *k, struct err *e)
{
	err_set(e, "not-running", ESRCH, "attach to container %s", k->rec.name);
	if (k->pidfd < 0)
		return err_cause(e, "it is not running"), err_hint(e, "start it first");
	if (k->orphaned)
		return err_cause(e, "its monitor was killed: what it prints is not kept any more");
	if (!k->paused)
		return 0;
	err_set(e, "container-paused", EBUSY, "attach to container %s", k->rec.name);
	return err_cause(e, "it is paused"), err_hint(e, "guise unpause %s", k->rec.name);
}

/* The way to its input, if it has one. */
static int receive_input(const struct control *k, struct err *e)
{
	char path[64], byte;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/attach", k->c.dir);
	autoclose int sock = fdpass_connect(path, SOCK_STREAM);
	if (sock == -ENOENT)
		return -1;
	if (sock < 0 || fdpass_recv(sock, &byte, 1, &fd) != 1 || fd < 0)
		return err_set(e, "attach", sock < 0 ? -sock : EPROTO,
			       "ask the monitor of container %s for its input", k->rec.name);
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	return fd;
}

static int begin(struct attach *t, struct err *e)
{
	bool types = !t->spec->no_stdin;
	int r = 0;

	if (types && (t->to = receive_input(t->k, e)) < -1)
		return t->to;
	if (!t->spec->no_proxy && (r = watch_signals(e)) >= 0) {
		t->p[SIGNALS].fd = r;
		watch_all_signals();
	}
	if (!t->k->rec.tty)
		t->spec->keys.n = 0; /* nobody types there: a file may have those bytes */
	if (r >= 0 && t->to >= 0 && t->k->rec.tty) {
		tty_take_size(t->to);
		terminal_raw();
	}
	wait_for_input(t);
	return r < 0 ? r : 0;
}

static int end(struct attach *t, int *status, struct err *e)
{
	int r;

	terminal_restore();
	if (t->detached)
		return dprintf(STDERR_FILENO, "read escape sequence\n"), 0;
	if ((r = control_await(t->k, -1, status, e)) < 0 && r != -ENOENT)
		return r;
	if (*status >= 0)
		return 0;
	err_set(e, "exit-unknown", ENODATA, "attach to container %s", t->spec->container);
	return err_cause(e, "it has ended, but nobody knows its exit code");
}

int attach_container(struct state *st, struct arena *a, struct attach_spec *x, int *status, struct err *e)
{
	struct control k;
	struct attach t = { .k = &k, .spec = x, .to = -1 };
	struct log_view view = { .follow = true,
				 .from_now = true,
				 .tail = -1,
				 .others = t.p,
				 .n_others = OTHERS,
				 .hear = hear,
				 .arg = &t };
	int r = control_open(&k, st, a, x->container, e);

	for (int i = 0; i < OTHERS; i++)
		t.p[i] = (struct pollfd){ .fd = -1, .events = i == TAKEN ? POLLOUT : POLLIN };
	if (r == 0 && (r = check(&k, e)) == 0 && (r = begin(&t, e)) == 0) {
		control_ask(&k);
		if ((r = log_print(&k.c, &view, STDOUT_FILENO, STDERR_FILENO, e)) == 0)
			r = end(&t, status, e);
	}
	terminal_restore();
	fd_close(&t.to);
	fd_close(&t.p[SIGNALS].fd);
	control_close(&k);
	return r;
}
