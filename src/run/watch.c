/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "kernel/memory.h"
#include "kernel/proc.h"
#include "kernel/tty.h"
#include "run/log.h"
#include "run/terminal.h"

enum { CHUNK = 16384 };

int watch_signals(struct err *e)
{
	/* those that mean something to a command; not the ones that mean guise itself: SIGCHLD and the
	 * stopping ones, by which a shell puts guise in the background */
	static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGWINCH };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, "signals", errno, "take signals by descriptor") : fd;
}

static void forward_signals(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && w->terminal >= 0)
			tty_take_size(w->terminal);
		else if (info.ssi_signo != SIGWINCH)
			proc_kill(w->pidfd, (int)info.ssi_signo);
	}
}

/* What was typed, on its way to the terminal. Its writing must never wait: a program that does not read
 * while its own output is not read either would wait for us, and we for it. */
struct input {
	char buf[CHUNK];
	size_t from, to;
	bool ended;
};

static void input_read(struct input *in, int terminal)
{
	ssize_t n = read(STDIN_FILENO, in->buf, sizeof(in->buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	in->ended = n <= 0;
	in->from = 0;
	in->to = n > 0 ? (size_t)n : terminal_end_of_file(terminal, in->buf) ? 1 : 0;
}

static void input_write(struct input *in, int terminal)
{
	ssize_t n = write(terminal, in->buf + in->from, in->to - in->from);

	if (n >= 0)
		in->from += (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		in->from = in->to;
}

/* Carry one chunk. False when the stream is at its end; a terminal's end is EIO. */
static bool carry(int from, int to, int log, const char *name)
{
	char buf[CHUNK];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	/* a full disk or a closed reader must not stop the container: what cannot be written is lost */
	if (log >= 0)
		log_append(log, name, buf, n);
	else
		io_write_all(to, buf, n);
	return true;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLIN);
}

/* After the end: what is still in the pipes. A process that outlived the first one (in a shared pid
 * namespace) may hold them open, so nothing is waited for. */
static void drain(struct watch *w)
{
	while (readable(w->out) && carry(w->out, -1, w->log, "stdout"))
		;
	while (readable(w->err) && carry(w->err, -1, w->log, "stderr"))
		;
	while (readable(w->terminal) && carry(w->terminal, STDOUT_FILENO, w->log, "stdout"))
		;
}

static int reap(int pidfd, int *code, struct err *e)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_set(e, "wait", errno, "wait for the container's first process");
	*code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

[[gnu::hot]] int watch_run(struct watch *w, int *code, struct err *e)
{
	enum { END, SIGNALS, OUT, ERR, TERMINAL, IN, OTHER, COUNT };
	struct pollfd p[COUNT] = {
		[END] = { w->pidfd, POLLIN, 0 },
		[SIGNALS] = { w->signals, POLLIN, 0 },
		[OUT] = { w->out, POLLIN, 0 },
		[ERR] = { w->err, POLLIN, 0 },
		[TERMINAL] = { w->terminal, POLLIN, 0 },
		[IN] = { -1, POLLIN, 0 },
		[OTHER] = { w->hear ? w->other : -1, POLLIN, 0 },
	};
	struct input in;

	in.from = in.to = 0; /* its buffer stays untouched until there is a terminal */
	in.ended = !w->stdin_too || w->terminal < 0;
	if (w->terminal >= 0)
		fcntl(w->terminal, F_SETFL, O_RDWR | O_NONBLOCK);
	if (w->small)
		memory_forget();
	while (!p[END].revents) {
		p[IN].fd = !in.ended && in.from == in.to ? STDIN_FILENO : -1;
		p[TERMINAL].events = (short)(in.from < in.to ? POLLIN | POLLOUT : POLLIN);
		if (poll(p, COUNT, -1) < 0 && errno != EINTR)
			return err_set(e, "wait", errno, "wait for the container");
		if (p[SIGNALS].revents)
			forward_signals(w);
		if (p[OUT].revents && !carry(w->out, -1, w->log, "stdout"))
			p[OUT].fd = -1;
		if (p[ERR].revents && !carry(w->err, -1, w->log, "stderr"))
			p[ERR].fd = -1;
		if ((p[TERMINAL].revents & ~POLLOUT) && !carry(w->terminal, STDOUT_FILENO, w->log, "stdout"))
			p[TERMINAL].fd = -1;
		if (p[TERMINAL].revents & POLLOUT)
			input_write(&in, w->terminal);
		if (p[IN].revents)
			input_read(&in, w->terminal);
		if (p[OTHER].revents)
			w->hear(w->arg);
	}
	if (w->hear && readable(w->other))
		w->hear(w->arg);
	drain(w);
	return reap(w->pidfd, code, e);
}
