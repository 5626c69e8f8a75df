/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "run/terminal.h"

int foreground_check(bool interactive, bool tty, struct err *e)
{
	if (!interactive || !tty || isatty(STDIN_FILENO))
		return 0;
	return err_set(e, "not-a-terminal", ENOTTY, "use --tty with --interactive"),
	       err_cause(e, "the input device is not a TTY"), err_hint(e, "leave out --tty to pass the input as it is");
}

int foreground_open(struct watch *w, struct stdio *io, bool interactive, bool tty, struct err *e)
{
	signal(SIGPIPE, SIG_IGN);
	if ((w->signals = watch_signals(e)) < 0)
		return w->signals;
	w->stdin_too = interactive;
	if (!interactive && !tty && (io->fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		return err_set(e, "file", errno, "open /dev/null");
	return 0;
}

void foreground_attach(const struct watch *w)
{
	if (w->terminal >= 0 && w->stdin_too)
		terminal_raw();
}
