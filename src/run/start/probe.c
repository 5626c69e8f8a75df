/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/probe.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/inroot.h"

/* A file of the root file system, which is hostile: a regular file, of bounded size, found inside the
 * root. What is missing or odd counts as empty, as for the C library. */
static const char *read_inside(struct arena *a, int root, const char *path, size_t *len)
{
	enum { MAX = 4 << 20 };
	autoclose int fd = inroot_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char *text;

	*len = 0;
	return fd < 0 || io_read_fd(a, fd, MAX, &text, len) < 0 ? "" : text;
}

/* The files are needed only for a name, or for the home and groups of a number. Root without extras is 0:0
 * with the home /root wherever there is one. */
int probe_user(struct arena *a, int root, const char *user, const struct strv *groups, struct user_ids *ids,
	       struct err *e)
{
	struct user_files files = { .passwd = "", .group = "" };

	files.passwd = read_inside(a, root, "/etc/passwd", &files.passwd_len);
	files.group = read_inside(a, root, "/etc/group", &files.group_len);
	return user_lookup(a, user, groups, &files, ids, e);
}

bool probe_cgroup2_alone(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

int probe_seccomp_cache(void)
{
	static const char dir[] = "/var/lib/guise/seccomp";

	if (io_mkdirs(AT_FDCWD, dir, 0700) < 0)
		return -1;
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
