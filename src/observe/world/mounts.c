/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tables of mounts: of the first process of each container, once a namespace, and of the process that was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/fs/mountinfo.h"
#include "observe/world/parts.h"
#include "observe/world/process.h"

enum { MOUNTS_MAX = 20000 };

static bool is_read(const struct world *w, uint64_t inode)
{
	for (size_t i = 0; i < w->n_mountns; i++)
		if (w->mountns[i].inode == inode)
			return true;
	return false;
}

static struct world_mount mount_of(const struct mountinfo *m)
{
	return (struct world_mount){
		.id = (uint64_t)m->id,
		.parent = (uint64_t)m->parent,
		.attr = m->attr,
		.major = m->major,
		.minor = m->minor,
		.root = m->root,
		.target = m->target,
		.type = m->type,
		.source = m->source,
		.options = m->options,
		.propagation = mountinfo_propagation(m),
	};
}

static void read_table(struct world *w, const struct world_process *p)
{
	struct world_mountns ns = { .inode = p->ns[WORLD_NS_MNT], .pid = p->pid };
	struct mountinfo_list list = { 0 };
	char path[64];
	int r;

	if (is_read(w, ns.inode))
		return;
	snprintf(path, sizeof(path), "/proc/%lld/mountinfo", (long long)p->pid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : mountinfo_read_fd(w->arena, fd, &list);
	if (r == -ENOENT || r == -ESRCH)
		return;
	if (r < 0) {
		world_unread(w, "mounts of process %lld: %s", (long long)p->pid, strerror(-r));
		return;
	}
	for (size_t i = 0; i < list.n && i < MOUNTS_MAX; i++)
		arena_push(w->arena, ns.mounts, ns.n_mounts, mount_of(&list.v[i]));
	arena_push(w->arena, w->mountns, w->n_mountns, ns);
}

void world_read_mounts(struct world *w, const struct world_wish *wish)
{
	const struct world_process *p = wish->pid ? process_find(w, wish->pid) : NULL;

	if (p)
		read_table(w, p);
	for (size_t i = 0; i < w->n_containers && (wish->parts & WORLD_MOUNTS); i++)
		if ((p = w->containers[i].pid ? process_find(w, w->containers[i].pid) : NULL))
			read_table(w, p);
}
