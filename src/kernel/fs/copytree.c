/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/copytree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	autoclose int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	autoclose int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	if (n < 0 || fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 07777) < 0)
		return -errno;
	return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *st)
{
	char target[4096];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0 ||
	    fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int copy_below(int from, int to, dev_t dev);

static int copy_dir(int from, int to, const char *name, const struct stat *st)
{
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	autoclose int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0 || fchown(out, st->st_uid, st->st_gid) < 0 ||
	    fchmod(out, st->st_mode & 07777) < 0)
		return -errno;
	return copy_below(in, out, st->st_dev);
}

static int copy_entry(int from, int to, const char *name, dev_t dev)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_dev != dev)
		return 0;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(from, to, name, &st);
	case S_IFLNK:
		return copy_link(from, to, name, &st);
	case S_IFDIR:
		return copy_dir(from, to, name, &st);
	default:
		return 0;
	}
}

static int copy_below(int from, int to, dev_t dev)
{
	autoclose int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	int r = fd < 0 ? -errno : 0;

	for (const char *name; r == 0 && (name = io_dir_next(&d));)
		r = copy_entry(fd, to, name, dev);
	return r < 0 ? r : d.error;
}

int copytree(int from, int to)
{
	/* a new mount's descriptor is like one of O_PATH: nothing can be changed through it (fsmount(2)) */
	autoclose int fd = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(from, &st) < 0)
		return -errno;
	return copy_below(from, fd, st.st_dev);
}
