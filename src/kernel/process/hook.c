/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/caller.h"
#include "kernel/process/caps.h"
#include "kernel/process/pidfd.h"

/* Both are files: a hook may never read its input, or first write more than a pipe holds. */
static int memory_file(const char *name, const char *text, size_t len)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd >= 0 && (io_write_all(fd, text, len) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		fd_close(&fd);
	return fd;
}

/* In the child, which shares the caller's memory (vfork(2)) until it has executed the hook. */
_Noreturn static void hook_exec(const struct hook *h, int in, int out, volatile int *failed)
{
	int r = h->withheld ? caps_disinherit(h->withheld) : 0;

	caller_reset_signals();
	umask(h->umask);
	if (r < 0)
		*failed = -r;
	else if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
		 close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		*failed = errno;
	else if (h->filter && (r = seccomp_filter_load(h->filter)) < 0)
		*failed = -r;
	else
		execve(h->path, h->argv, h->env), *failed = errno;
	_exit(127);
}

/* A function of its own: the compiler must not mix vfork(2)'s second return with variables of others. */
[[gnu::noinline]] static pid_t hook_start(const struct hook *h, int in, int out, volatile int *failed)
{
	pid_t child = vfork();

	if (child == 0)
		hook_exec(h, in, out, failed);
	return child;
}

/* 0 when it has ended. In slices, since poll(2) counts milliseconds in an int. */
static int await_end(int pidfd, uint64_t seconds)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	uint64_t timeout = seconds < UINT64_MAX / 1000 ? seconds * 1000 : UINT64_MAX, gone = 0;
	int64_t start = clock_ms();
	int n;

	for (;;) {
		uint64_t left = timeout - gone;

		n = poll(&p, 1, !timeout ? -1 : left < INT_MAX ? (int)left : INT_MAX);
		if (n > 0 || (n < 0 && errno != EINTR))
			return n > 0 ? 0 : -errno;
		gone = (uint64_t)(clock_ms() - start);
		if (timeout && gone >= timeout)
			return -ETIMEDOUT;
	}
}

/* How it failed, and the last that it wrote. */
static int hook_failed(const siginfo_t *end, int out, struct err *e)
{
	char text[256];
	off_t size = lseek(out, 0, SEEK_END);
	ssize_t n = pread(out, text, sizeof(text) - 1,
			  size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0);

	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = '\0';
	if (end->si_code == CLD_EXITED)
		err_cause(e, "it exited with %d%s%s", end->si_status, n > 0 ? ": " : "", text);
	else
		err_cause(e, "it was killed by signal %d%s%s", end->si_status, n > 0 ? ": " : "", text);
	return -e->no;
}

int hook_run(const struct hook *h, const char *state, size_t len, struct err *e)
{
	autoclose int in = memory_file("state", state, len), out = memory_file("output", "", 0);
	siginfo_t end = { 0 };
	volatile int failed = 0;
	pid_t child;
	int r;

	if (in < 0 || out < 0)
		return err_set(e, "hook", errno, "prepare hook %s", h->path);
	if ((child = hook_start(h, in, out, &failed)) < 0)
		return err_set(e, "hook", errno, "start hook %s", h->path);
	autoclose int pidfd = pidfd_of(child);
	r = pidfd < 0 ? pidfd : await_end(pidfd, h->timeout);
	if (r < 0)
		kill(child, SIGKILL); /* our child, not reaped yet, so the pid is still its own */
	while (waitid(P_PID, (id_t)child, &end, WEXITED) < 0 && errno == EINTR)
		;
	if (failed)
		return err_set(e, "hook", failed, "execute hook %s", h->path);
	if (r == -ETIMEDOUT)
		return err_set(e, "hook", -r, "run hook %s", h->path),
		       err_cause(e, "it took longer than %llu seconds", (unsigned long long)h->timeout);
	if (r < 0)
		return err_set(e, "hook", -r, "wait for hook %s", h->path);
	if (end.si_code == CLD_EXITED && end.si_status == 0)
		return 0;
	return err_set(e, "hook", EIO, "run hook %s", h->path), hook_failed(&end, out, e);
}
