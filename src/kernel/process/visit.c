/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/visit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 1 << 20 };

struct visit {
	visit_fn *fn;
	void *arg;
};

static int child(void *arg)
{
	const struct visit *v = arg;

	v->fn(v->arg);
	_exit(0);
}

static int run(char *stack, struct visit *v)
{
	int dumpable = prctl(PR_GET_DUMPABLE), status, pid;

	prctl(PR_SET_DUMPABLE, 0);
	pid = clone(child, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, v);
	if (pid < 0)
		status = -errno;
	else
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (dumpable == 1)
		prctl(PR_SET_DUMPABLE, 1);
	return pid < 0 ? status : status ? -EIO : 0;
}

int visit_call(visit_fn *fn, void *arg)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1,
			   0);
	int r;

	if (stack == MAP_FAILED)
		return -errno;
	r = run(stack, &(struct visit){ fn, arg });
	munmap(stack, STACK);
	return r;
}
