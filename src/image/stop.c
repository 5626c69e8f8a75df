/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/str.h"

static volatile sig_atomic_t came;

static void note(int sig)
{
	came = sig;
}

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

void stop_catch(void)
{
	struct sigaction action = { .sa_handler = note }; /* without SA_RESTART */

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigaction(ends[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int stop_check(struct err *e)
{
	if (!came)
		return 0;
	err_set(e, "interrupted", EINTR, "go on");
	err_cause(e, "SIG%s came", sigabbrev_np(came));
	return err_status(e, 128 + came);
}

int stop_await(int fd, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	sigset_t block, usual;
	int r;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigaddset(&block, ends[i]);
	sigprocmask(SIG_BLOCK, &block, &usual);
	if ((r = stop_check(e)) == 0) {
		ppoll(&p, 1, NULL, &usual);
		r = stop_check(e);
	}
	sigprocmask(SIG_SETMASK, &usual, NULL);
	return r;
}
