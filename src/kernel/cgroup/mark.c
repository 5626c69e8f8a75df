/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/mark.h"

#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/io.h"

#define PARENT "guise"
#define OWNER  "guise.owner"

enum { OWNER_MAX = 8192, DEPTH_MAX = 64 };

static void mark(const char *dir, const char *user, const char *trusted, const char *value)
{
	if (setxattr(dir, user, value, strlen(value), 0) < 0)
		(void)setxattr(dir, trusted, value, strlen(value), 0);
}

void cgroup_mark_parent(const char *dir)
{
	mark(dir, "user." PARENT, "trusted." PARENT, "");
}

bool cgroup_is_parent(const char *dir)
{
	return getxattr(dir, "user." PARENT, NULL, 0) >= 0 || getxattr(dir, "trusted." PARENT, NULL, 0) >= 0;
}

void cgroup_mark_owner(const char *dir, const char *owner)
{
	mark(dir, "user." OWNER, "trusted." OWNER, owner);
}

static const char *owner_of(struct arena *a, int dir)
{
	char value[OWNER_MAX];
	ssize_t n = fgetxattr(dir, "user." OWNER, value, sizeof(value));

	if (n < 0)
		n = fgetxattr(dir, "trusted." OWNER, value, sizeof(value));
	return n < 0 ? NULL : arena_strndup(a, value, (size_t)n);
}

static void look(struct arena *a, int fd, const char *dir, unsigned depth, struct cgroup_owned_list *found)
{
	struct cgroup_owned here = { dir, owner_of(a, fd) };
	struct io_dir d = IO_DIR(fd);

	if (here.owner) {
		arena_push(a, found->v, found->n, here);
		return;
	}
	for (const char *name; depth < DEPTH_MAX && (name = io_dir_next(&d));) {
		autoclose int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below >= 0)
			look(a, below, arena_printf(a, "%s/%s", dir, name), depth + 1, found);
	}
}

void cgroup_owned_find(struct arena *a, const char *base, struct cgroup_owned_list *found)
{
	autoclose int fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		look(a, fd, base, 0, found);
}
