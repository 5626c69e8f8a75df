/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/layer_remove.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/userns.h"
#include "plan/steps/idmap.h"

/* Its answer is the exit status: an errno. */
_Noreturn static void child_main(const struct container *c, int sock)
{
	char byte = 0;

	if (unshare(CLONE_NEWUSER) < 0 || write(sock, &byte, 1) != 1)
		_exit(errno);
	/* the end of file without a byte: there are no maps */
	if (read(sock, &byte, 1) != 1)
		_exit(EPERM);
	/* its root has privilege over whatever the mapped ids own */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		_exit(errno);
	_exit(-io_remove_tree(c->dir, "layer"));
}

static int await_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int remove_mapped(const struct container *c, const struct step_idmap *map, struct err *e)
{
	int pair[2], r = 0;
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		child_main(c, pair[1]);
	}
	close(pair[1]);
	if (pid < 0)
		r = -errno;
	else if (read(pair[0], &byte, 1) == 1 &&
		 userns_write_maps(pid, map->uid, map->gid, map->by_helper, e) == 0 &&
		 send(pair[0], &byte, 1, MSG_NOSIGNAL) < 0)
		r = -errno;
	close(pair[0]);
	return pid < 0 ? r : await_child(pid);
}

int layer_remove(const struct container *c, const struct record *r, struct err *e)
{
	const struct step_idmap *map = plan_idmap(&r->plan);
	struct err why = { 0 };
	int n = io_remove_tree(c->dir, "layer");

	if ((n == -EACCES || n == -EPERM) && map)
		n = remove_mapped(c, map, &why);
	if (n < 0 && why.no)
		return err_take(e, &why), err_prefix(e, "remove the layer of container %s", r->name);
	return n < 0 ? err_set(e, "layer", -n, "remove the layer of container %s", r->name) : 0;
}
