/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/signal.h"

#include <signal.h>
#include <stdio.h>
#include <strings.h>

#include "base/str.h"

static const char *const names[] = {
	[SIGHUP] = "HUP",   [SIGINT] = "INT",       [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",   [SIGFPE] = "FPE",
	[SIGKILL] = "KILL", [SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",     [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD", [SIGCONT] = "CONT",     [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",     [SIGURG] = "URG",   [SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
	[SIGIO] = "IO",     [SIGPWR] = "PWR",       [SIGSYS] = "SYS",
};
_Static_assert(ARRAY_LEN(names) == 32, "a name for every signal below 32");

static const struct {
	const char *name;
	int sig;
} aliases[] = { { "CLD", SIGCHLD }, { "IOT", SIGABRT }, { "POLL", SIGIO } };

/* All of s as a number from 0 to 64; -1 if it is anything else. */
static int number(const char *s)
{
	int n = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || n > SIGNAL_RTMAX)
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n <= SIGNAL_RTMAX ? n : -1;
}

/* "RTMIN", "RTMIN+n", "RTMAX", "RTMAX-n". */
static int realtime(const char *name)
{
	int max = strncasecmp(name, "RTMAX", 5) == 0;
	int offset = 0;

	if (!max && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	name += 5;
	if (*name) {
		if (*name != (max ? '-' : '+'))
			return -1;
		offset = number(name + 1);
	}
	if (offset < 0 || offset > SIGNAL_RTMAX - SIGNAL_RTMIN)
		return -1;
	return max ? SIGNAL_RTMAX - offset : SIGNAL_RTMIN + offset;
}

int signal_from_name(const char *name)
{
	int sig = number(name);

	if (sig >= 0)
		return sig > 0 ? sig : -1;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (sig = 1; sig < (int)ARRAY_LEN(names); sig++)
		if (strcasecmp(name, names[sig]) == 0)
			return sig;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			return aliases[i].sig;
	return realtime(name);
}

const char *signal_name(int sig, char *buf, size_t size)
{
	if (sig > 0 && sig < (int)ARRAY_LEN(names))
		snprintf(buf, size, "SIG%s", names[sig]);
	else if (sig == SIGNAL_RTMIN)
		snprintf(buf, size, "SIGRTMIN");
	else if (sig > SIGNAL_RTMIN && sig <= SIGNAL_RTMAX)
		snprintf(buf, size, "SIGRTMIN+%d", sig - SIGNAL_RTMIN);
	else
		snprintf(buf, size, "%d", sig);
	return buf;
}
