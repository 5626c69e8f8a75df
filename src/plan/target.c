/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/target.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "base/fd.h"
#include "kernel/process/nscall.h"
#include "kernel/process/userns.h"

void target_init(struct target *t, struct arena *a, pid_t pid, int pidfd)
{
	*t = (struct target){ .arena = a,
			      .pid = pid,
			      .pidfd = pidfd,
			      .rundir = -1,
			      .root = -1,
			      .route = NETLINK_CLOSED,
			      .inside = NETLINK_CLOSED };
}

void target_close(struct target *t)
{
	fd_close(&t->pidfd);
	fd_close(&t->root);
	netlink_close(&t->route);
	netlink_close(&t->inside);
}

struct view {
	int root, table;
};

/* In the container's mount namespace, whose root setns(2) made ours; through the host's /proc. */
static int open_view(const void *proc, void *out)
{
	struct view *v = out;

	v->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v->root < 0)
		return -errno;
	v->table = openat(*(const int *)proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	return v->table < 0 ? -errno : 0;
}

int target_root(struct target *t)
{
	autoclose int proc = -1, table = -1;
	struct view v = { -1, -1 };
	int r;

	if (t->root >= 0)
		return t->root;
	if ((proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -errno;
	if ((r = ns_call(t->pidfd, CLONE_NEWNS, open_view, &proc, &v, sizeof(v))) < 0)
		return r;
	t->root = v.root;
	table = v.table;
	r = mountinfo_read_fd(t->arena, table, &t->mounts);
	return r < 0 ? r : t->root;
}

/* t->cgroups. 0 or -errno. */
static int read_cgroups(struct target *t)
{
	return t->cgroups ? 0 : cgroup_members(t->arena, t->pid, &t->cgroups, &t->n_cgroups);
}

const char *target_cgroup_beside(struct target *t, const char *dir)
{
	const struct cgroup_member *best = NULL;

	/* one may be mounted below another: cgroup2 below the directory of v1's */
	for (size_t i = 0; read_cgroups(t) == 0 && i < t->n_cgroups; i++)
		if (cgroup_is_within(dir, t->cgroups[i].base) &&
		    (!best || cgroup_is_within(t->cgroups[i].base, best->base)))
			best = &t->cgroups[i];
	return best ? best->dir : NULL;
}

const char *target_map(struct target *t, enum target_map map)
{
	static const char *const file[] = { [TARGET_UIDS] = "uid_map", [TARGET_GIDS] = "gid_map" };

	if (!t->ids[map] && !(t->ids[map] = userns_read_map(t->arena, t->pid, file[map])))
		t->ids[map] = "";
	return t->ids[map];
}

uint32_t target_id_inside(struct target *t, enum target_map map, uint32_t id)
{
	int64_t inside = userns_within(target_map(t, map), id);

	return inside < 0 ? TARGET_NO_ID : (uint32_t)inside;
}
