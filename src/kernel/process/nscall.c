/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/nscall.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
	int result;
	char out[NS_OUT_MAX];
};

static int enter(int ns, int namespaces)
{
	/* hidden from the container's processes, which have every capability over its user namespace */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	if (setns(ns, namespaces) == 0)
		return 0;
	if (errno == EPERM && setns(ns, namespaces | CLONE_NEWUSER) == 0)
		return 0;
	return -errno;
}

_Noreturn static void child(int ns, int namespaces, ns_fn *fn, const void *arg, int to)
{
	struct answer a = { 0 };

	a.result = enter(ns, namespaces);
	if (a.result == 0)
		a.result = fn(arg, a.out);
	_exit(write(to, &a, sizeof(a)) != sizeof(a));
}

int ns_call(int ns, int namespaces, ns_fn *fn, const void *arg, void *out, size_t size)
{
	struct answer a;
	int ends[2];
	long pid;
	ssize_t n;

	if (size > sizeof(a.out))
		return -EMSGSIZE;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* CLONE_FILES: what is opened there is ours. Where the child is stays its own. */
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0)
		child(ns, namespaces, fn, arg, ends[1]);
	a.result = pid < 0 ? -errno : 0;
	/* we hold the pipe's writing end, too (CLONE_FILES): so read after the child's end; what it wrote
	 * fits in */
	while (pid > 0 && waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(ends[1]);
	n = pid < 0 ? 0 : read(ends[0], &a, sizeof(a));
	close(ends[0]);
	if (pid > 0 && n != sizeof(a))
		return -EIO;
	if (a.result >= 0 && size)
		memcpy(out, a.out, size);
	return a.result;
}
