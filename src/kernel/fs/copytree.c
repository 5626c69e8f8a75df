/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/copytree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

enum { DEPTH_MAX = 256, NAMES_MAX = 4096, VALUE_MAX = 4096 };

/* A name in a directory, which is what it was a moment ago, and no mount. */
static int open_same(int dir, const char *name, int flags, const struct stat *st)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
				.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	struct stat now;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &now) == 0 && (now.st_mode & S_IFMT) == (st->st_mode & S_IFMT))
		return fd;
	close(fd);
	return -ESTALE;
}

/* ---- what belongs to a file beside its content ---- */

/* Overlays' own marks are none of a file's. */
static bool is_wanted(const char *name)
{
	return !str_after(name, "trusted.overlay.") && !str_after(name, "user.overlay.");
}

/* What the target's file system does not have, or the caller may not give, is left out. */
static bool may_lack(int no)
{
	return no == EOPNOTSUPP || no == EPERM || no == ENODATA;
}

[[gnu::noinline]] static int copy_attribute(int in, int out, const char *name)
{
	char value[VALUE_MAX];
	ssize_t n = fgetxattr(in, name, value, sizeof(value));

	if (n < 0 || fsetxattr(out, name, value, (size_t)n, 0) < 0)
		return may_lack(errno) ? 0 : -errno;
	return 0;
}

[[gnu::noinline]] static int copy_attributes(int in, int out)
{
	char names[NAMES_MAX];
	ssize_t n = flistxattr(in, names, sizeof(names));
	int r = 0;

	if (n < 0)
		return may_lack(errno) ? 0 : -errno;
	for (const char *name = names; r == 0 && name < names + n; name += strlen(name) + 1)
		if (is_wanted(name))
			r = copy_attribute(in, out, name);
	return r;
}

/* An owner that the user namespace does not map is nobody's there, and cannot be given. */
static bool no_owner(int r)
{
	return r < 0 && errno != EINVAL;
}

/* In this order: a new owner takes set-user-id bits and capabilities away, and each of them changes the times. */
static int copy_rest(int in, int out, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (no_owner(fchown(out, st->st_uid, st->st_gid)) || fchmod(out, st->st_mode & 07777) < 0)
		return -errno;
	if ((r = copy_attributes(in, out)) < 0)
		return r;
	return futimens(out, times) < 0 ? -errno : 0;
}

/* ---- by kind ---- */

static int copy_bytes(int in, int out, off_t from, off_t to)
{
	while (from < to) {
		ssize_t n = sendfile(out, in, &from, (size_t)(to - from < 1 << 24 ? to - from : 1 << 24));

		if (n < 0)
			return -errno;
		if (n == 0)
			break; /* it has become shorter */
	}
	return 0;
}

/* Hole by hole, where the file system tells them. */
static int copy_content(int in, int out, off_t size)
{
	off_t data = 0, hole;
	int r = ftruncate(out, size) < 0 ? -errno : 0;

	while (r == 0 && data < size) {
		data = lseek(in, data, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0 || lseek(out, data, SEEK_SET) < 0)
			return -errno;
		r = copy_bytes(in, out, data, hole < size ? hole : size);
		data = hole;
	}
	return r;
}

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	autoclose int in = open_same(from, name, O_RDONLY | O_NONBLOCK, st);
	autoclose int out =
		in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (in < 0 || out < 0)
		return in == -EXDEV ? 0 : in < 0 ? in : -errno;
	r = copy_content(in, out, st->st_size);
	return r < 0 ? r : copy_rest(in, out, st);
}

/* Of what is not opened: owner, mode and times by its name. */
static int set_by_name(int to, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (no_owner(fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW)) ||
	    (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0))
		return -errno;
	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

[[gnu::noinline]] static int copy_link(int from, int to, const char *name, const struct stat *st)
{
	char target[4096];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : set_by_name(to, name, st);
}

static int copy_fifo(int to, const char *name, const struct stat *st)
{
	return mkfifoat(to, name, 0600) < 0 ? -errno : set_by_name(to, name, st);
}

static int copy_below(int from, int to, unsigned depth);

static int copy_dir(int from, int to, const char *name, const struct stat *st, unsigned depth)
{
	autoclose int in = open_same(from, name, O_RDONLY | O_DIRECTORY, st);
	int r;

	if (in < 0)
		return in == -EXDEV ? 0 : in;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	autoclose int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return -errno;
	r = copy_below(in, out, depth + 1);
	return r < 0 ? r : copy_rest(in, out, st);
}

[[gnu::noinline]] static int copy_entry(int from, int to, const char *name, unsigned depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(from, to, name, &st);
	case S_IFLNK:
		return copy_link(from, to, name, &st);
	case S_IFDIR:
		return copy_dir(from, to, name, &st, depth);
	case S_IFIFO:
		return copy_fifo(to, name, &st);
	default:
		return 0;
	}
}

static int copy_below(int from, int to, unsigned depth)
{
	struct io_dir d = IO_DIR(from);
	int r = 0;

	for (const char *name; r == 0 && (name = io_dir_next(&d));)
		r = copy_entry(from, to, name, depth);
	return r < 0 ? r : d.error;
}

int copytree(int from, int to, bool whole)
{
	/* a new mount's descriptor is like one of O_PATH: nothing can be changed through it (fsmount(2)) */
	autoclose int in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return -errno;
	r = copy_below(in, out, 0);
	return r < 0 || !whole ? r : copy_rest(in, out, &st);
}

int copytree_empty(int dir)
{
	autoclose int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	int r = fd < 0 ? -errno : 0;

	for (const char *name; r == 0 && (name = io_dir_next(&d));) {
		if (unlinkat(fd, name, 0) == 0)
			continue;
		r = errno == EISDIR || errno == EPERM ? io_remove_tree(fd, name) : -errno;
	}
	return r < 0 ? r : d.error;
}
