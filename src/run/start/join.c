/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/join.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "spec/spec.h"

static int join(enum ns_kind ns, const char *file, const char *path, struct joined *j)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	char mine[32];

	snprintf(mine, sizeof(mine), "/proc/self/ns/%s", file);
	autoclose int back = fd < 0 ? -1 : open(mine, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || back < 0 || setns(fd, (int)ns_flag[ns]) < 0)
		return -errno;
	j->back[ns] = take_fd(&back);
	return 0;
}

static bool has_user_ns(const struct step_process *process)
{
	return process->join_user || (process->flags & CLONE_NEWUSER);
}

static int go_to(const char *path, struct joined *j, struct err *e)
{
	j->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	j->away = chdir(path) == 0;
	return j->away ?
		       0 :
		       err_set(e, "root-mount", errno, "go to %s, to mount the root file system there", path);
}

/* Somebody who may not search their own working directory (sudo -u, from /root) has no use for relative
 * paths. */
static int go_back(struct joined *j, struct err *e)
{
	int r = !j->away || (j->cwd < 0 ? chdir("/") : fchdir(j->cwd)) == 0 ?
			0 :
			err_set(e, "process", errno, "go back to the working directory");

	fd_close(&j->cwd);
	return r;
}

int join_begin(const struct plan *p, struct live *live, struct joined *j, struct err *e)
{
	const struct step_process *process = plan_process(p);
	const struct step_join_ns *s;
	int r;

	for (int ns = 0; ns < NS_COUNT; ns++)
		j->back[ns] = -1;
	j->cwd = -1;
	j->away = false;
	if (!has_user_ns(process))
		return 0;
	if (process->at && (r = go_to(process->at, j, e)) < 0)
		return r;
	for (size_t at = 0; (s = plan_next_join_ns(p, &at));) {
		enum ns_kind ns = ns_kind_of(s->name);

		if (ns >= NS_COUNT || ns == NS_MNT || ns == NS_CGROUP)
			continue;
		r = join(ns, s->name, s->path, j);
		if (r == 0)
			live->joined |= ns_flag[ns];
		else if (r != -EPERM)
			return err_set(e, "namespace-join", -r, "join the %s namespace %s", s->name, s->path);
	}
	return 0;
}

int join_pid_ns(const char *path, struct joined *j, struct err *e)
{
	int r = join(NS_PID, "pid_for_children", path, j);

	return r < 0 ? err_set(e, "namespace-join", -r, "join the pid namespace %s", path) : 0;
}

int join_end(struct joined *j, struct err *e)
{
	int r = go_back(j, e);

	for (int ns = 0; ns < NS_COUNT; ns++) {
		if (j->back[ns] >= 0 && setns(j->back[ns], (int)ns_flag[ns]) < 0)
			r = err_set(e, "namespace-join", errno, "go back to the %s namespace", ns_name[ns]);
		fd_close(&j->back[ns]);
	}
	return r;
}
