/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

enum { HEAD_MAX = 80, TEXT_MAX = 16384, SLACK = 4 * TEXT_MAX };

/* ---- making ---- */

static int new_file(int dir)
{
	int fd = openat(dir, "log", O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* A file may not grow beyond what guise's caller may write (RLIMIT_FSIZE): then it is rotated before that. */
static int64_t bounded(int64_t max_size)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) < 0 || l.rlim_cur == RLIM_INFINITY)
		return max_size;
	int64_t most = l.rlim_cur > 2 * SLACK ? (int64_t)(l.rlim_cur - 2 * SLACK) : 1;
	return max_size < 0 || most < max_size ? most : max_size;
}

/* Behind what the runs before have written. */
static int go_on(struct log *l)
{
	l->fd = openat(l->dir, "log", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (l->fd < 0)
		return -errno;
	l->size = lseek(l->fd, 0, SEEK_END);
	return 0;
}

static int make_dir(struct log *l, const char *path)
{
	int r = io_mkdirs(AT_FDCWD, path, 0700);

	if (r < 0)
		return r;
	l->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->dir < 0 || flock(l->dir, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	l->fd = new_file(l->dir);
	return l->fd == -EEXIST ? go_on(l) : l->fd < 0 ? l->fd : 0;
}

int log_create(struct log *l, struct state *st, const struct container *c, struct arena *a, int64_t max_size,
	       unsigned max_file, struct err *e)
{
	const char *path = arena_printf(a, "%s/logs/%s", st->data, c->id);
	int r;

	*l = (struct log){ .dir = -1, .fd = -1, .max_size = bounded(max_size), .max_file = max_file };
	/* first the link, by which the directory is found when it is to be removed; both are there from a
	 * run before */
	r = symlinkat(path, c->dir, "log") < 0 && errno != EEXIST ? -errno : make_dir(l, path);
	if (r < 0)
		return err_set(e, "log", -r, "make the log %s", path),
		       err_hint(e, "--log-driver none keeps no log");
	return 0;
}

/* ---- writing ---- */

/* Whole records only: half of one, from a disk that is full, would spoil the next. */
[[gnu::hot]] static void write_records(struct log *l, const char *data, size_t len)
{
	if (len && io_write_all(l->fd, data, len) == 0)
		l->size += (int64_t)len;
	else if (len && ftruncate(l->fd, l->size) < 0)
		return;
}

/* The older ones first, so that a reader who looks from the newest on finds each. */
static void rotate(struct log *l)
{
	char from[16], to[16];
	int fd;

	for (unsigned i = l->max_file - 1; i > 0; i--) {
		snprintf(to, sizeof(to), "log.%u", i);
		snprintf(from, sizeof(from), i > 1 ? "log.%u" : "log", i - 1);
		renameat(l->dir, from, l->dir, to);
	}
	if (l->max_file == 1)
		unlinkat(l->dir, "log", 0);
	if ((fd = new_file(l->dir)) >= 0) {
		close(l->fd);
		l->fd = fd;
	}
	l->size = 0; /* also when there is no new one: it is tried again when as much again was written */
}

/* At the end of a line; within one only if it is longer than all bounds. */
[[gnu::hot]] static bool is_full(const struct log *l, bool in_line, size_t pending)
{
	int64_t size = l->size + (int64_t)pending;

	return l->max_size >= 0 && size > 0 && size >= l->max_size + (in_line ? SLACK : 0);
}

[[gnu::hot]] void log_append(struct log *l, const char *stream, const char *data, size_t len)
{
	static char out[TEXT_MAX + HEAD_MAX]; /* one record fits in any case */
	bool *in_line = &l->in_line[str_eq(stream, "stderr")];
	size_t pending = 0, head_len;
	char time[40], head[HEAD_MAX];

	record_time(record_now(), time);
	head_len = (size_t)snprintf(head, sizeof(head), "%s %s F ", time, stream);
	while (len > 0) {
		size_t most = len < TEXT_MAX ? len : TEXT_MAX;
		const char *newline = memchr(data, '\n', most);
		size_t n = newline ? (size_t)(newline - data) : most;
		bool full = is_full(l, *in_line, pending);

		if (full || pending + n + HEAD_MAX > sizeof(out)) {
			write_records(l, out, pending);
			pending = 0;
		}
		if (full)
			rotate(l);
		memcpy(out + pending, head, head_len);
		pending += head_len;
		if (!newline)
			out[pending - 2] = 'P';
		memcpy(out + pending, data, n);
		pending += n;
		out[pending++] = '\n';
		*in_line = !newline;
		n += newline != NULL;
		data += n;
		len -= n;
	}
	write_records(l, out, pending);
}

/* ---- what is left over ---- */

/* By a container that is kept, whichever state directory links to it. */
static bool is_kept(int logs, const char *id)
{
	char path[96];

	snprintf(path, sizeof(path), "../containers/%.64s", id);
	return faccessat(logs, path, F_OK, 0) == 0;
}

static bool is_locked(int logs, const char *id)
{
	autoclose int dir = openat(logs, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0;
}

int log_sweep(struct state *st, bool (*is_alive)(const char *id, void *arg), void *arg, struct err *e)
{
	char path[4096];
	int r = 0;

	snprintf(path, sizeof(path), "%s/logs", st->data);
	autoclose int logs = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(logs);

	for (const char *id; logs >= 0 && (id = io_dir_next(&d));) {
		if (is_alive(id, arg) || is_kept(logs, id) || is_locked(logs, id))
			continue;
		if ((r = io_remove_tree(logs, id)) < 0)
			return err_set(e, "log", -r, "remove the log %s/%s", path, id);
	}
	return 0;
}
