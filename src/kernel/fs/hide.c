/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/hide.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs/mountinfo.h"

static bool is_below(const struct mountinfo_list *list, const struct mountinfo *m, uint64_t id)
{
	for (; m; m = m->parent == m->id ? NULL : mountinfo_by_id(list, (uint64_t)m->parent))
		if ((uint64_t)m->id == id)
			return true;
	return false;
}

/* What has another mount over its root shows nothing. */
static bool is_covered(const struct mountinfo_list *list, const struct mountinfo *m)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].parent == m->id && str_eq(list->v[i].target, m->target))
			return true;
	return false;
}

static const struct mountinfo *find_view(const struct mountinfo_list *list, uint64_t but_below)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct mountinfo *m = &list->v[i];

		if ((str_eq(m->type, "proc") || str_eq(m->type, "sysfs")) && !is_below(list, m, but_below) &&
		    !is_covered(list, m))
			return m;
	}
	return NULL;
}

int hide_kernel_views(struct arena *a, uint64_t but_below)
{
	autoclose int table = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	const struct mountinfo *m;
	struct mountinfo_list list;
	int r;

	if (table < 0)
		return -errno;
	for (;;) {
		if (lseek(table, 0, SEEK_SET) < 0)
			return -errno;
		if ((r = mountinfo_read_fd(a, table, &list)) < 0 || !(m = find_view(&list, but_below)))
			return r;
		if (umount2(m->target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 &&
		    mount("tmpfs", m->target, "tmpfs", MS_RDONLY, "size=0,nr_inodes=1") < 0)
			return -errno;
	}
}
