/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

/* All of these return 0 (or what they say) or -errno, set no struct err (their callers know the object)
 * and resolve path relative to dirfd as openat(2) does. */

/* Read the whole file, at most max bytes (longer: -EFBIG), into the arena, NUL-terminated.
 * len may be NULL. Opened O_NONBLOCK; anything but a regular file is -EINVAL. */
int io_read_file(struct arena *a, int dirfd, const char *path, size_t max, char **data, size_t *len);

/* The same for a file that guise's user names, of any kind: a pipe (FIFO, <(...), /dev/stdin) is waited for,
 * and read to its end. */
int io_read_given(struct arena *a, const char *path, size_t max, char **data, size_t *len);
int io_read_given_fd(struct arena *a, int fd, size_t max, char **data, size_t *len);

/* io_read_file() from an open descriptor. */
int io_read_fd(struct arena *a, int fd, size_t max, char **data, size_t *len);

/* The text of a symbolic link, in the arena; NULL: there is none, errno says why. */
char *io_read_link(struct arena *a, int dirfd, const char *path);

/* Read a short kernel file (procfs, sysfs, cgroupfs) in one read(2), strip the last newline.
 * Longer content is cut. Returns the length or -errno. */
ssize_t io_read_small(int dirfd, const char *path, char *buf, size_t size);

/* Write a kernel file in one write(2): no creation, no truncation. */
int io_write_small(int dirfd, const char *path, const char *value);

/* Write all of data to fd, also to one that is non-blocking. */
int io_write_all(int fd, const void *data, size_t len);

/* Create path with data, whole or not at all: written beside it under a temporary name, ".guise-*", and
 * renamed. An existing file is replaced. If several write the same path at once, one of them remains. */
int io_write_file(int dirfd, const char *path, const void *data, size_t len, mode_t mode);

/* mkdir -p, mode for every directory made. */
int io_mkdirs(int dirfd, const char *path, mode_t mode);

/* The names in a directory, "." and ".." left out, from where fd's offset is. Not readdir(3), which
 * allocates: so it works between clone and exec, and costs a start no page of heap. */
struct io_dir {
	int fd;    /* stays the caller's */
	int error; /* -errno of what ended it early */
	ssize_t at, end;
	_Alignas(8) char buf[2048];
};

#define IO_DIR(descriptor)                                                                                   \
	{                                                                                                    \
		.fd = (descriptor)                                                                           \
	}

/* The next name, good until the call after it; NULL at the end, or after an error. */
const char *io_dir_next(struct io_dir *d);

/* Remove a directory and all below it without following links or leaving its file system.
 * What is not there is no error. */
int io_remove_tree(int dirfd, const char *path);

/* So many random digits, an even number and at most 256, and a NUL: 0 or -errno. */
int io_random_hex(char *hex, size_t digits);
