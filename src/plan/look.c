/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "plan/plan.h"

static const struct mountinfo *mount_of(struct target *t, const struct statx *x)
{
	return x->stx_mask & STATX_MNT_ID ? mountinfo_by_id(&t->mounts, x->stx_mnt_id) : NULL;
}

int look_at(struct target *t, const char *path, bool follow, struct look *l)
{
	int r = target_root(t);
	struct statx x;

	if (r < 0)
		return r;
	autoclose int fd = inroot_open(t->root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return fd;
	if (fstat(fd, &l->st) < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) < 0)
		return -errno;
	l->mount = mount_of(t, &x);
	l->is_covered = false;
	l->is_mounted = x.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	if (!l->mount) /* mounted since the table was read */
		return -EAGAIN;
	l->fd = take_fd(&fd);
	return 0;
}

/* Does the step mount something there? */
static bool mounts_at(const struct step *s, const char *target)
{
	struct mounted m;

	for (size_t n = 0; step_mounts(s, n, &m); n++)
		if (str_eq(m.target, target))
			return true;
	return false;
}

/* How many steps from one on to another mount something there. */
static unsigned count_mounts(const struct step *from, const struct step *to, const char *target)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += mounts_at(from, target);
	return n;
}

/* The mount that the topmost one at a place lies on, at the same place; NULL: none. */
static const struct mountinfo *mount_below(struct target *t, const struct mountinfo *m)
{
	const struct mountinfo *below = mountinfo_by_id(&t->mounts, (uint64_t)m->parent);

	return below && below != m && str_eq(below->target, m->target) ? below : NULL;
}

/* Counted from the top if all that the plan has are there, perhaps with a stranger's among them; if some
 * are gone, from below: then the upper ones are. */
int look_at_mount(struct target *t, const char *target, struct look *l)
{
	const struct plan *p = t->plan;
	unsigned before = p ? count_mounts(p->steps, t->step, target) : 0;
	unsigned after = p ? count_mounts(t->step + 1, p->steps + p->count, target) : 0;
	unsigned have = 0, depth;
	int r = look_at(t, target, true, l);

	if (r < 0)
		return r;
	for (const struct mountinfo *m = l->is_mounted ? l->mount : NULL; m; m = mount_below(t, m))
		have++;
	if (have <= before) {
		fd_close(&l->fd);
		return -ENOENT;
	}
	depth = have > before + after ? after : have - 1 - before;
	l->is_covered = depth > 0;
	while (depth--)
		l->mount = mount_below(t, l->mount);
	return 0;
}

int look_is_host_file(const struct look *l, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return st.st_dev == l->st.st_dev && st.st_ino == l->st.st_ino;
}

int look_failed(int r, const char *path, struct str *text)
{
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP) {
		str_addf(text, "there is no %s", path);
		return READ_MISSING;
	}
	str_addf(text, "%s cannot be looked at: %s", path, strerror(-r));
	return READ_UNKNOWN;
}
