/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/process/clone.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"

uint64_t enter_needed(pid_t pid)
{
	uint64_t flags = 0;

	for (int i = 0; i < NS_COUNT; i++)
		if (!proc_same_ns(pid, getpid(), ns_name[i]))
			flags |= ns_flag[i];
	return flags;
}

int enter(uint64_t flags, struct live *live, struct err *e)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	long pid;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, "process", errno, "hide from the container's processes");
	if (setns(live->target, (int)flags) < 0)
		return err_set(e, "process", errno, "enter the container's namespaces");
	fd_close(&live->target);
	/* setns() made the mount namespace's root ours, and our working directory */
	if ((live->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "process", errno, "open the container's root");
	if ((pid = clone_process(&args)) < 0 && errno == EAGAIN)
		return cgroup_no_fork(e);
	if (pid < 0)
		/* ENOMEM is what a pid namespace says when its first process has ended (pid_namespaces(7)) */
		return clone_failed("a process in the container", 0, errno == ENOMEM ? ESRCH : errno, e);
	if (pid == 0)
		return 0;
	send(live->sync, &(int){ (int)pid }, sizeof(int), MSG_NOSIGNAL);
	_exit(0);
}

static int open_ns(const char *path, struct err *e)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	return path && fd < 0 ? err_set(e, "namespace-join", errno, "open the namespace %s", path) : fd;
}

/* setns(2) gives every capability in the user namespace: enough to make other namespaces in it. The pid
 * namespace belongs to that user namespace, or to the machine: over the latter there is no privilege behind
 * that. */
static int enter_both(const struct step_process *process, struct err *e)
{
	const char *user_ns = process->join_user, *pid_ns = process->join_pid;
	autoclose int user = open_ns(user_ns, e), pid = open_ns(pid_ns, e);
	bool done;

	if (e->no)
		return -e->no;
	done = pid < 0 || setns(pid, CLONE_NEWPID) == 0;
	if (setns(user, CLONE_NEWUSER) < 0)
		return err_set(e, "namespace-join", errno, "join the user namespace %s", user_ns);
	if (!done && setns(pid, CLONE_NEWPID) < 0)
		return err_set(e, "namespace-join", errno, "join the pid namespace %s", pid_ns);
	return 0;
}

int enter_user(const struct step_process *process, struct live *live, struct err *e)
{
	struct clone_args args = { .flags = CLONE_PARENT | process->flags };
	long pid;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, "process", errno, "hide from the processes of the user namespace");
	if ((r = enter_both(process, e)) < 0)
		return r;
	if ((pid = clone_process(&args)) < 0)
		return clone_failed("the container's first process", args.flags, errno, e);
	if (pid == 0)
		return 0;
	send(live->sync, &(int){ (int)pid }, sizeof(int), MSG_NOSIGNAL);
	_exit(0);
}

static int receive_pid(struct live *live, int *pid, struct err *e)
{
	struct err from_first;
	ssize_t n;

	while ((n = recv(live->sync, &from_first, sizeof(from_first), 0)) < 0 && errno == EINTR)
		;
	if (n == sizeof(from_first))
		return err_take(e, &from_first);
	if (n != sizeof(*pid))
		return err_set(e, "process", n < 0 ? errno : EPROTO, "start a process in the container");
	*pid = *(int *)&from_first;
	return 0;
}

int enter_await(struct live *live, struct err *e)
{
	int pid, r = receive_pid(live, &pid, e);

	waitid(P_PIDFD, (id_t)live->pidfd, NULL, WEXITED);
	fd_close(&live->pidfd);
	live->pid = 0;
	if (r < 0)
		return r;
	/* our child, so nobody else can reap it and free its pid */
	live->pidfd = pidfd_of(pid);
	if (live->pidfd < 0)
		return err_set(e, "process", -live->pidfd, "open process %d", pid);
	live->pid = pid;
	return 0;
}

bool enter_failed_by_end(pid_t first, int pidfd, const struct err *e)
{
	if (str_eq(e->code, "wait"))
		return false; /* the command had begun */
	/* the first process, killed, ends only after all others of its pid namespace: perhaps ours was the
	 * last */
	return (str_eq(e->code, "process") && e->no == ESRCH) || pidfd_ended(pidfd, 0) ||
	       proc_is_dying(first);
}
