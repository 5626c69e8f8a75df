/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp/listener.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Wait until it stops; *how is as waitpid(2) says it. -ESRCH if it ended: its parent still has to wait for
 * it. */
static int wait_stop(pid_t pid, int *how)
{
	siginfo_t info = { 0 };

	/* __WALL: it need not be our child */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	if (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED)
		return -ESRCH;
	return waitpid(pid, how, __WALL) < 0 ? -errno : 0;
}

/* To the next begin or end of a system call. */
static int go_on(pid_t pid, int sig)
{
	return ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig) < 0 ? -errno : 0;
}

int listener_attach(pid_t pid)
{
	int how, r;

	/* Linux 3.4; no signal is sent, so that a stop is one of ours or one of its own */
	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0)
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -errno;
	return (r = wait_stop(pid, &how)) < 0 ? r : go_on(pid, 0);
}

/* Has a seccomp(2) come back? `loading` is whether the last one was seen to begin. */
static int look(pid_t pid, bool *loading, long *result)
{
	struct __ptrace_syscall_info info = { 0 };

	/* Linux 5.3 */
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0)
		return -errno;
	*result = (long)info.exit.rval;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		return *loading;
	*loading = info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_seccomp;
	return 0;
}

int listener_take(pid_t pid, int pidfd)
{
	enum { SYSCALL_STOP = SIGTRAP | 0x80 }; /* PTRACE_O_TRACESYSGOOD */
	bool loading = false;
	long result = -ENODATA;
	int how, r, fd;

	for (;;) {
		if ((r = wait_stop(pid, &how)) < 0)
			return r;
		if (WSTOPSIG(how) == SYSCALL_STOP) {
			if ((r = look(pid, &loading, &result)) < 0)
				return r;
			if (r)
				break;
		}
		/* signals reach it as if we were not there */
		if ((r = go_on(pid, WSTOPSIG(how) == SYSCALL_STOP || how >> 16 ? 0 : WSTOPSIG(how))) < 0)
			return r;
	}
	if (result < 0)
		return (int)result;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)result, 0); /* Linux 5.6 */
	return fd < 0 ? -errno : fd;
}

void listener_detach(pid_t pid, bool kill)
{
	ptrace(PTRACE_DETACH, pid, NULL, (long)(kill ? SIGKILL : 0));
}
