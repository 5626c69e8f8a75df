/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/apart.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* told: where the child leaves its error. */
static int run(apart_fn *fn, void *arg, struct err *told, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_set(e, "process", errno, "start a process");
	if (pid == 0)
		_exit(fn(arg, told) < 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, "process", errno, "wait for a process");
	if (status && told->no)
		return err_take(e, told);
	return status ?
		       (err_set(e, "process", EPROTO, "hear from a process"), err_cause(e, "it was killed")) :
		       0;
}

int apart_call(apart_fn *fn, void *arg, struct err *e)
{
	struct err *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
				0);
	int r;

	if (told == MAP_FAILED)
		return err_set(e, "process", errno, "start a process");
	r = run(fn, arg, told, e);
	munmap(told, sizeof(*told));
	return r;
}
