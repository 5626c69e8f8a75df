/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/memory.h"
#include "kernel/process/proc.h"
#include "kernel/process/tty.h"
#include "run/start/interrupt.h"
#include "run/start/terminal.h"

enum { IN, OUT, ERR, FLOWS };

/* ---- signals ---- */

/* Signals that mean something to a command; not those that mean guise itself: SIGCHLD and the stopping ones,
 * by which a shell puts guise in the background. The first four mean guise until the command runs:
 * run/start/interrupt.h. */
static sigset_t forwarded_set(bool all)
{
	static const int forwarded[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH
	};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = all ? 0 : 4; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaddset(&set, forwarded[i]);
	return set;
}

int watch_signals(struct err *e)
{
	sigset_t all = forwarded_set(true), later = forwarded_set(false);
	int fd;

	sigprocmask(SIG_BLOCK, &later, NULL);
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, "signals", errno, "take signals by descriptor") : fd;
}

int watch_all_signals(void)
{
	sigset_t all = forwarded_set(true);

	sigprocmask(SIG_BLOCK, &all, NULL);
	return interrupt_end();
}

void watch_take_signals(struct watch *w)
{
	if ((w->came = watch_all_signals()))
		proc_kill(w->pidfd, SIGKILL);
}

/* Does it neither catch nor otherwise take the signal? By default the first process of a pid namespace
 * ignores signals that others die of (pid_namespaces(7)). */
static bool ignores(pid_t pid, int sig)
{
	char first[4096];
	struct arena a = ARENA_INIT(first);
	uint64_t caught, blocked, bit = 1ULL << (sig - 1);
	bool known = proc_status_hex(&a, pid, "SigCgt", &caught) == 0 &&
		     proc_status_hex(&a, pid, "SigBlk", &blocked) == 0;

	arena_free(&a);
	return known && !((caught | blocked) & bit);
}

/* Somebody wants it to end. Docker's client gives up at the third time; here nobody else would end it. */
static void count_ignored(struct watch *w, int sig)
{
	enum { PATIENCE = 3 };

	if (w->small || !w->pid || (sig != SIGINT && sig != SIGTERM))
		return;
	w->ignored = ignores(w->pid, sig) ? w->ignored + 1 : 0;
	if (w->ignored < PATIENCE || w->gave_up)
		return;
	w->gave_up = sig;
	proc_kill(w->pidfd, SIGKILL);
}

static void forward_signals(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && w->terminal >= 0)
			tty_take_size(w->terminal);
		else if (info.ssi_signo != SIGWINCH)
			proc_kill(w->pidfd, (int)info.ssi_signo);
		count_ignored(w, (int)info.ssi_signo);
	}
}

/* Count the typed keys that the terminal makes a SIGINT of, for the process itself. */
static void count_keys(struct watch *w, const char *typed, size_t n)
{
	const char *end = typed + n;
	struct termios t;
	pid_t group;

	if (w->terminal < 0 || tcgetattr(w->terminal, &t) < 0 || !(t.c_lflag & ISIG) ||
	    !memchr(typed, t.c_cc[VINTR], n) || ioctl(w->terminal, TIOCGPGRP, &group) < 0 || group != w->pid)
		return;
	while ((typed = memchr(typed, t.c_cc[VINTR], (size_t)(end - typed)))) {
		count_ignored(w, SIGINT);
		typed++;
	}
}

/* ---- streams ---- */

static void begin_terminal(struct watch *w)
{
	fcntl(w->terminal, F_SETFL, O_RDWR | O_NONBLOCK);
	/* held open, so that it has no end while the process may open /dev/console again */
	w->peer = ioctl(w->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int another(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void begin_output(struct watch *w, int which, int from, int own)
{
	struct flow *f = &w->flow[which];

	f->from = from;
	f->log = w->log;
	f->stream = which == OUT ? "stdout" : "stderr";
	if (from >= 0 && !w->log)
		flow_to_own(f, own);
}

static void begin_streams(struct watch *w)
{
	static char room[FLOWS][FLOW_ROOM]; /* not a page of it is there before something is carried */

	for (int i = 0; i < FLOWS; i++) {
		w->flow[i] = (struct flow)FLOW_NONE;
		w->flow[i].buf = room[w->log ? OUT : i];
	}
	if (w->terminal >= 0)
		begin_terminal(w);
	begin_output(w, OUT, w->terminal >= 0 ? another(w->terminal) : take_fd(&w->out), STDOUT_FILENO);
	begin_output(w, ERR, take_fd(&w->err), STDERR_FILENO);
	w->flow[IN].to = w->terminal >= 0 && w->stdin_too ? another(w->terminal) : take_fd(&w->in);
	if (w->flow[IN].to >= 0)
		flow_from_own(&w->flow[IN], STDIN_FILENO);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLIN);
}

/* A terminal, and guise's own input is at its end. */
static bool ends_input(const struct watch *w)
{
	const struct flow *f = &w->flow[IN];

	return w->terminal >= 0 && w->stdin_too && f->from < 0 && f->to >= 0;
}

/* A character tells a reader of the terminal of the end, and one reader takes it. So keep one there at all
 * times: any number of readers see the end of a pipe, too. A reader that takes each character as it is (a
 * shell that edits its line) is told once, lest it be flooded. It is told again if it began that after one
 * was there already: to it, that is an ordinary character. */
static void tell_end(struct watch *w)
{
	bool lines, untold = !w->told_end;
	char c;

	if (w->flow[IN].start < w->flow[IN].end || readable(w->peer) ||
	    !terminal_end_of_file(w->terminal, &c, &lines))
		return;
	w->told_end = !lines;
	if (lines || untold)
		flow_put(&w->flow[IN], &c, 1);
}

[[gnu::hot]] static void move_input(struct watch *w, const struct pollfd p[2])
{
	struct flow *f = &w->flow[IN];
	bool was_open = f->from >= 0;

	flow_move(f, p);
	if (p[0].revents && f->end > 0)
		count_keys(w, f->buf, f->end);
	if (f->to < 0) /* nobody reads it any more */
		fd_close(&f->from);
	else if (was_open && f->from < 0 && w->terminal < 0)
		fd_close(&f->to);
}

/* Whoever writes to a pipe shall see that nobody reads it any more. */
[[gnu::hot]] static void move_output(struct watch *w, int which, const struct pollfd p[2])
{
	struct flow *f = &w->flow[which];

	flow_move(f, p);
	if (f->to < 0 && !f->log && w->terminal < 0)
		fd_close(&f->from);
}

/* ---- the loop ---- */

static int reap(const struct watch *w, int *code, struct err *e)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)w->pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_set(e, "wait", errno, "wait for the container's first process");
	*code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	if (w->came && *code == 128 + SIGKILL)
		*code = 128 + w->came;
	return 0;
}

[[gnu::hot]] static int loop(struct watch *w, struct err *e)
{
	enum { END, SIGNALS, OTHER, STREAMS, COUNT = STREAMS + 2 * FLOWS };
	enum {
		TELL_AGAIN = 1000
	}; /* ms: nothing says that who reads the terminal has taken what was there */
	struct pollfd p[COUNT] = {
		[END] = { w->pidfd, POLLIN, 0 },
		[SIGNALS] = { w->signals, POLLIN, 0 },
		[OTHER] = { w->hear ? w->other : -1, POLLIN, 0 },
	};

	while (!p[END].revents) {
		for (int i = 0; i < FLOWS; i++)
			flow_poll(&w->flow[i], p + STREAMS + 2 * i);
		if (poll(p, COUNT, ends_input(w) ? TELL_AGAIN : -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, "wait", errno, "wait for the container");
		}
		if (p[SIGNALS].revents)
			forward_signals(w);
		move_input(w, p + STREAMS + 2 * IN);
		move_output(w, OUT, p + STREAMS + 2 * OUT);
		move_output(w, ERR, p + STREAMS + 2 * ERR);
		if (ends_input(w))
			tell_end(w);
		if (p[OTHER].revents)
			w->hear(w->arg);
	}
	return 0;
}

[[gnu::hot]] int watch_run(struct watch *w, int *code, struct err *e)
{
	int r;

	begin_streams(w);
	if (w->small)
		memory_forget();
	if ((r = loop(w, e)) < 0)
		return r;
	if (w->hear && readable(w->other))
		w->hear(w->arg);
	for (int i = OUT; i <= ERR; i++) {
		flow_last(&w->flow[i]);
		flow_drain(&w->flow[i], false);
	}
	return reap(w, code, e);
}

void watch_end(struct watch *w)
{
	sigset_t set = forwarded_set(true);

	terminal_keys();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (int i = 0; i < FLOWS; i++) {
		if (i != IN)
			flow_drain(&w->flow[i], true);
		flow_close(&w->flow[i]);
	}
	fd_close(&w->terminal);
	fd_close(&w->peer);
	terminal_restore();
}
