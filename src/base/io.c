/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* size: how long the file says it is, 0 if it doesn't. */
static int read_all(struct arena *a, int fd, off_t size, size_t max, char **data, size_t *len)
{
	size_t got = 0, room = size > 0 ? (size_t)size + 1 : 4096;
	char *buf = arena_alloc(a, room);

	for (;;) {
		ssize_t n = read(fd, buf + got, room - got - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		got += (size_t)n;
		if (got > max)
			return -EFBIG;
		/* a file that says how long it is (those of /proc don't) is at its end there */
		if (n == 0 || (off_t)got == size)
			break;
		if (got + 1 == room) {
			buf = arena_grow(a, buf, room, 2 * room);
			room *= 2;
		}
	}
	*data = buf;
	if (len)
		*len = got;
	return 0;
}

int io_read_fd(struct arena *a, int fd, size_t max, char **data, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_size > (off_t)max ? -EFBIG : read_all(a, fd, st.st_size, max, data, len);
}

int io_read_file(struct arena *a, int dirfd, const char *path, size_t max, char **data, size_t *len)
{
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : io_read_fd(a, fd, max, data, len);
}

int io_read_given_fd(struct arena *a, int fd, size_t max, char **data, size_t *len)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (known && st.st_size > (off_t)max)
		return -EFBIG;
	return read_all(a, fd, known ? st.st_size : 0, max, data, len);
}

int io_read_given(struct arena *a, const char *path, size_t max, char **data, size_t *len)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : io_read_given_fd(a, fd, max, data, len);
}

char *io_read_link(struct arena *a, int dirfd, const char *path)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dirfd, path, text, sizeof(text));

	return n < 0 ? NULL : arena_strndup(a, text, (size_t)n);
}

ssize_t io_read_small(int dirfd, const char *path, char *buf, size_t size)
{
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || (n = read(fd, buf, size - 1)) < 0)
		return -errno;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

int io_write_small(int dirfd, const char *path, const char *value)
{
	autoclose int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

[[gnu::hot]] int io_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN &&
		    poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1) > 0)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int io_write_file(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash + 1 - path) : 0, r;
	char tmp[4096], unique[16 + 1];

	if ((r = io_random_hex(unique, 16)) < 0)
		return r;
	if (snprintf(tmp, sizeof(tmp), "%.*s.guise-%s", dir_len, path, unique) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	autoclose int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, data, len);
	if (r == 0 && renameat(dirfd, tmp, dirfd, path) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, tmp, 0);
	return r;
}

int io_mkdirs(int dirfd, const char *path, mode_t mode)
{
	char buf[4096];
	size_t len = strlen(path);

	if (mkdirat(dirfd, path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (len >= sizeof(buf))
		return -ENAMETOOLONG;
	memcpy(buf, path, len + 1);
	for (char *p = buf + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdirat(dirfd, buf, mode) < 0 && errno != EEXIST)
			return -errno;
	}
	return mkdirat(dirfd, buf, mode) == 0 || errno == EEXIST ? 0 : -errno;
}

const char *io_dir_next(struct io_dir *d)
{
	for (;;) {
		struct dirent64 *entry;

		if (d->at == d->end) {
			ssize_t n = getdents64(d->fd, d->buf, sizeof(d->buf));

			if (n < 0)
				d->error = -errno;
			if (n <= 0)
				return NULL;
			d->at = 0;
			d->end = n;
		}
		entry = (struct dirent64 *)(d->buf + d->at);
		d->at += entry->d_reclen;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	}
}

/*
 * A container may have nested its directories deeper than there are descriptors or stack, so none is held on
 * the way down: each directory is emptied where it stands in the topmost, and what directories it has are
 * moved up there, to be emptied in the next pass.
 */
struct removal {
	int top;
	dev_t dev;
	unsigned long n; /* the next name at the top */
	bool moved;      /* in this pass */
};

/* Whatever name is free there. An empty directory may be replaced, since it goes as well. */
static int move_up(struct removal *rm, int from, const char *name)
{
	char to[32];

	do {
		snprintf(to, sizeof(to), ".%lu", rm->n++);
		if (renameat(from, name, rm->top, to) == 0) {
			rm->moved = true;
			return 0;
		}
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
	return -errno;
}

static int empty_dir(struct removal *rm, const char *name)
{
	autoclose int fd = openat(rm->top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != rm->dev)
		return -EXDEV;
	for (const char *sub; (sub = io_dir_next(&d));) {
		int one = 0;

		if (unlinkat(fd, sub, 0) < 0 && errno != ENOENT && unlinkat(fd, sub, AT_REMOVEDIR) < 0)
			one = move_up(rm, fd, sub);
		r = one < 0 ? one : r;
	}
	return d.error < 0 ? d.error : r;
}

static int remove_one(struct removal *rm, const char *name)
{
	int r;

	if (unlinkat(rm->top, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if ((r = empty_dir(rm, name)) < 0)
		return r;
	return unlinkat(rm->top, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_below(int top, dev_t dev)
{
	struct removal rm = { .top = top, .dev = dev };
	int r;

	do {
		struct io_dir d = IO_DIR(top);

		rm.moved = false;
		r = lseek(top, 0, SEEK_SET) < 0 ? -errno : 0;
		for (const char *name; (name = io_dir_next(&d));) {
			int one = remove_one(&rm, name);

			r = one < 0 ? one : r;
		}
		r = d.error < 0 ? d.error : r;
	} while (rm.moved);
	return r;
}

int io_remove_tree(int dirfd, const char *path)
{
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = remove_below(fd, st.st_dev);
	if (r == 0 && unlinkat(dirfd, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int io_random_hex(char *hex, size_t digits)
{
	unsigned char raw[128];

	if (getrandom(raw, digits / 2, 0) != (ssize_t)(digits / 2))
		return -errno;
	for (size_t i = 0; i < digits; i++)
		hex[i] = "0123456789abcdef"[raw[i / 2] >> (i % 2 ? 0 : 4) & 0xf];
	hex[digits] = '\0';
	return 0;
}
