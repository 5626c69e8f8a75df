/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#include "kernel/process/proc.h"
#include "kernel/process/signal.h"

static volatile sig_atomic_t came, target = -1, with, talk = -1;

static const int taken[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };

/* The command's socket closed when it was executed, though guise may not have read that yet. */
static bool runs(void)
{
	struct pollfd p = { .fd = talk };

	return talk >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

static void on_signal(int sig)
{
	int saved = errno;
	bool hands_on = target >= 0 && (!with || runs());

	if (!hands_on)
		came = sig;
	if (target >= 0)
		proc_kill(target, hands_on ? sig : with);
	errno = saved;
}

/* None is ignored: caller_forget(). */
static void handle(void (*handler)(int), int flags)
{
	struct sigaction new = { .sa_handler = handler, .sa_flags = flags };

	for (unsigned i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaction(taken[i], &new, NULL);
}

void interrupt_begin(void)
{
	came = 0;
	target = -1;
	handle(on_signal, SA_RESETHAND); /* without SA_RESTART: what waits is woken */
}

void interrupt_aim(int pidfd, int sig, int sock)
{
	with = sig;
	talk = sock;
	target = pidfd;
	if (pidfd >= 0 && came)
		proc_kill(pidfd, sig ? sig : came);
}

int interrupt_end(void)
{
	target = -1;
	handle(SIG_DFL, 0);
	return came;
}

int interrupt_blame(struct err *e)
{
	char name[16];

	if (!came)
		return -e->no;
	err_set(e, "interrupted", EINTR, "start the command");
	err_cause(e, "%s came before it ran", signal_name(came, name, sizeof(name)));
	return err_status(e, 128 + came);
}
