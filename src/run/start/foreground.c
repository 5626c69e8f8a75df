/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/start/interrupt.h"
#include "run/start/terminal.h"

int foreground_check(bool interactive, bool tty, struct err *e)
{
	if (!interactive || !tty || isatty(STDIN_FILENO))
		return 0;
	return err_set(e, "not-a-terminal", ENOTTY, "use --tty with --interactive"),
	       err_cause(e, "the input device is not a TTY"),
	       err_hint(e, "leave out --tty to pass the input as it is");
}

int foreground_open(struct watch *w, struct stdio *io, bool interactive, bool tty, struct err *e)
{
	signal(SIGPIPE, SIG_IGN);
	if ((w->signals = watch_signals(e)) < 0)
		return w->signals;
	interrupt_begin();
	w->stdin_too = interactive;
	if (!interactive && !tty && (io->fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		return err_set(e, "file", errno, "open /dev/null");
	return 0;
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int foreground_shield(struct watch *w, struct stdio *io, bool tty, struct err *e)
{
	bool out = !tty && isatty(STDOUT_FILENO), err = !tty && isatty(STDERR_FILENO);
	int r = 0;

	if (!tty && io->fd[0] < 0 && isatty(STDIN_FILENO))
		r = stdio_pipe(io, 0, &w->in, e);
	if (r == 0 && out)
		r = stdio_pipe(io, 1, &w->out, e);
	if (r < 0 || !err)
		return r;
	/* one terminal is one pipe, which keeps the order of what is written to both */
	if (out && is_same(STDOUT_FILENO, STDERR_FILENO))
		return (io->fd[2] = fcntl(io->fd[1], F_DUPFD_CLOEXEC, 3)) < 0 ?
			       err_set(e, "pipe", errno, "copy a pipe") :
			       0;
	return stdio_pipe(io, 2, &w->err, e);
}

void foreground_attach(struct watch *w)
{
	watch_take_signals(w);
	if (w->terminal >= 0 && w->stdin_too)
		terminal_raw();
}

void foreground_tell(const struct watch *w)
{
	if (w->gave_up)
		dprintf(STDERR_FILENO,
			"guise: the command ignored %s three times and was killed; as the first process of its"
			" container it ignores what it does not catch: run --init puts one before it\n",
			w->gave_up == SIGINT ? "SIGINT" : "SIGTERM");
}

bool foreground_filtered(const struct plan *p, int status, struct err *why)
{
	if (status != 128 + SIGSYS || !plan_seccomp(p))
		return false;
	err_set(why, "seccomp-killed", EPERM, "%s ended with %d (SIGSYS)", plan_exec(p)->argv.v[0], status);
	err_cause(why, "so ends a process that makes a system call which its seccomp profile kills for");
	err_hint(why, "the audit log, or the kernel's, names the call (type=1326)");
	return true;
}

void foreground_tell_filtered(const struct plan *p, int status)
{
	char line[1200];
	struct err why;

	if (!foreground_filtered(p, status, &why))
		return;
	dprintf(STDERR_FILENO, "guise: %s\n", err_line(&why, line, sizeof(line)));
}
