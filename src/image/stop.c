/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t came;

static void note(int sig)
{
	came = sig;
}

void stop_catch(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note }; /* without SA_RESTART */

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
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
