/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/caller.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

enum { FILES = 1024 }; /* descriptors: a hundred would do */

static mode_t umask_of_caller;

static struct {
	int resource;
	bool changed;
	struct rlimit callers;
} limits[] = { { .resource = RLIMIT_FSIZE }, { .resource = RLIMIT_NOFILE } };

static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Not by signal(3): the C library keeps 32 and 33 to itself, and a caller with another C library may ignore
 * them. */
void caller_reset_signals(void)
{
	static const struct { /* the kernel's sigaction: rt_sigaction(2) */
		void (*handler)(int);
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} by_default = { .handler = SIG_DFL };

	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, &by_default, NULL, sizeof(by_default.mask));
	unblock_signals();
}

void caller_unignore_signals(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	unblock_signals();
}

/* To n at least: as far as the hard limit allows, and beyond with privilege. */
static bool raise_limit(int resource, const struct rlimit *now, rlim_t n)
{
	struct rlimit l = { .rlim_cur = n, .rlim_max = now->rlim_max < n ? n : now->rlim_max };

	if (setrlimit(resource, &l) == 0)
		return true;
	l.rlim_cur = l.rlim_max = now->rlim_max;
	return setrlimit(resource, &l) == 0;
}

static void make_room(void)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		rlim_t n = limits[i].resource == RLIMIT_NOFILE ? FILES : RLIM_INFINITY;

		if (getrlimit(limits[i].resource, &limits[i].callers) == 0 && limits[i].callers.rlim_cur < n)
			limits[i].changed = raise_limit(limits[i].resource, &limits[i].callers, n);
	}
}

void caller_give_limits(uint64_t except)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limits[i].changed && !(except & 1ULL << limits[i].resource))
			setrlimit(limits[i].resource, &limits[i].callers);
}

static void open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2 && fcntl(fd, F_SETFD, 0) == 0);
	if (fd > 2)
		close(fd);
}

void caller_forget(void)
{
	make_room();
	open_stdio();
	caller_reset_signals();
	signal(SIGXFSZ, SIG_IGN);
	umask_of_caller = umask(0022);
}

void caller_return(void)
{
	caller_give_limits(0);
	umask(umask_of_caller);
}

mode_t caller_umask(void)
{
	return umask_of_caller;
}

/* None, or as far as the hard one allows. */
static void lift_limit(int resource)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == 0)
		raise_limit(resource, &now, RLIM_INFINITY);
}

void caller_leave(void)
{
	const struct rlimit files = { FILES, FILES };
	const struct sched_param normal = { 0 };
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	fd_close_others(0, NULL, 0);
	caller_reset_signals();
	umask(0022);
	sched_setaffinity(0, sizeof(all), &all);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	setpriority(PRIO_PROCESS, 0, 0);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		lift_limit(i);
	setrlimit(RLIMIT_NOFILE, &files);
	io_write_small(AT_FDCWD, "/proc/self/oom_score_adj", "0");
}
