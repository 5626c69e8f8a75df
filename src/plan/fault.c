/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef GUISE_FAULTS
int fault_log(void)
{
	const char *log = getenv("GUISE_FAULT_LOG");

	return log ? atoi(log) : -1;
}

unsigned fault_number(const char *variable, unsigned otherwise)
{
	const char *number = getenv(variable);

	return number ? (unsigned)strtoul(number, NULL, 10) : otherwise;
}

int fault_inject(struct live *live, const char *side, const char *verb, const struct step *s, struct err *e)
{
	const char *want = getenv("GUISE_FAULT"), *name = step_ops(s->kind)->name;
	char action[8], where[8];
	int n = ++live->faults, at;

	if (fault_log() >= 0)
		dprintf(fault_log(), "%s %d %s %s\n", side, n, verb, name);
	if (!want || sscanf(want, "%7[a-z]:%7[a-z]:%d", action, where, &at) != 3 || at != n ||
	    !str_eq(where, side))
		return 0;
	while (str_eq(action, "stop"))
		pause();
	if (str_eq(action, "kill")) {
		kill(getpid(), SIGKILL);
		__builtin_trap(); /* process 1 of a pid namespace cannot kill itself, but a fault can */
	}
	return err_set(e, "fault", EIO, "%s step %s", verb, name), err_cause(e, "GUISE_FAULT asked for it");
}
#else
int fault_log(void)
{
	return -1;
}

unsigned fault_number(const char *variable, unsigned otherwise)
{
	return otherwise;
}

int fault_inject(struct live *live, const char *side, const char *verb, const struct step *s, struct err *e)
{
	return 0;
}
#endif
