/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Reading a log while it is written and rotated. The files are opened from the newest on, against the
 * direction in which they are renamed: so one may be met twice, which its inode tells, but none is missed.
 * Whoever follows finds their place again by the inode of the file that they have read to its end.
 */
#include "state/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

struct files {
	FILE *v[LOG_FILES_MAX]; /* the newest first */
	ino_t ino[LOG_FILES_MAX];
	int n;
};

struct output {
	int fd;
	size_t len;
	char buf[16384];
};

struct reader {
	int dir;
	struct log_view *view;
	char since[40], until[40]; /* as in the records; "": no bound */
	bool counting;             /* only how many lines there are */
	long lines, skip;          /* so far; that are not printed */
	bool in_line[2],
		shown[2]; /* of each stream: its last record was a piece; and of a line that is printed */
	bool done;        /* a line later than `until` has come */
	struct output out[2];
	int last; /* the one of them that was written to */
};

/* ---- printing ---- */

static int flush(struct output *o)
{
	int r = io_write_all(o->fd, o->buf, o->len);

	o->len = 0;
	return r;
}

static int put(struct output *o, const char *data, size_t len)
{
	int r = 0;

	if (o->len + len > sizeof(o->buf))
		r = flush(o);
	if (r == 0 && len > sizeof(o->buf))
		return io_write_all(o->fd, data, len);
	memcpy(o->buf + o->len, data, len);
	o->len += len;
	return r;
}

/* What was written to the other one before comes out before. */
static int print(struct reader *r, int stream, const char *time, size_t time_len, const char *text,
		 size_t len)
{
	int n = r->last == stream ? 0 : flush(&r->out[r->last]);

	r->last = stream;
	if (n == 0 && time_len)
		n = put(&r->out[stream], time, time_len);
	return n < 0 ? n : put(&r->out[stream], text, len);
}

/* A line counts by the time at which it began. */
static bool is_wanted(struct reader *r, const char *time, size_t len)
{
	if (*r->until && memcmp(time, r->until, len < 30 ? len : 30) > 0) {
		r->done = true;
		return false;
	}
	if (*r->since && memcmp(time, r->since, len < 30 ? len : 30) < 0)
		return false;
	return r->lines++ >= r->skip;
}

/* TIME STREAM F|P TEXT, and the newline. What is not of that form is not ours. */
static int take_record(struct reader *r, const char *record, size_t len)
{
	const char *end = record + len, *name = memchr(record, ' ', len), *tag, *text;
	int stream;
	bool starts;

	if (!name || !(tag = memchr(name + 1, ' ', (size_t)(end - name - 1))) || end - tag < 4 ||
	    tag[2] != ' ')
		return 0;
	stream = strncmp(name, " stderr ", 8) == 0;
	starts = !r->in_line[stream];
	if (starts)
		r->shown[stream] = is_wanted(r, record, (size_t)(name - record));
	r->in_line[stream] = tag[1] == 'P';
	if (r->counting || !r->shown[stream])
		return 0;
	text = tag + 3;
	end -= tag[1] == 'P';
	return print(r, stream, record, starts && r->view->timestamps ? (size_t)(name + 1 - record) : 0, text,
		     (size_t)(end - text));
}

/* All that is there of a file. */
static int read_file(struct reader *r, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int result = 0;

	clearerr(f);
	while (result == 0 && !r->done && (n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] != '\n') { /* still being written: come back to it */
			fseeko(f, -n, SEEK_CUR);
			break;
		}
		result = take_record(r, line, (size_t)n);
	}
	free(line);
	for (int i = 0; result == 0 && i < 2; i++)
		result = flush(&r->out[i]);
	return result;
}

/* ---- the files ---- */

static int open_one(struct files *files, int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	FILE *f;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (files->n && files->ino[files->n - 1] == st.st_ino)
		return 0;
	if (!(f = fdopen(fd, "r")))
		return -errno;
	take_fd(&fd);
	files->v[files->n] = f;
	files->ino[files->n++] = st.st_ino;
	return 0;
}

/* Between two names of a rotation there may be no `log`. */
static void open_files(struct files *files, int dir)
{
	char name[16] = "log";

	files->n = 0;
	open_one(files, dir, name);
	for (int i = 1; i < LOG_FILES_MAX && files->n < LOG_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "log.%d", i);
		if (open_one(files, dir, name) < 0)
			break;
	}
}

static void close_files(struct files *files)
{
	while (files->n > 0)
		fclose(files->v[--files->n]);
}

/* From the oldest on. */
static int read_files(struct reader *r, struct files *files, int from)
{
	int result = 0;

	for (int i = from; result == 0 && i >= 0; i--)
		result = read_file(r, files->v[i]);
	return result;
}

/* Lines are counted first, so that of the older ones nothing need be kept. */
static int read_from_tail(struct reader *r, struct files *files)
{
	if (r->view->tail >= 0) {
		r->counting = true;
		read_files(r, files, files->n - 1);
		r->skip = r->lines > r->view->tail ? r->lines - r->view->tail : 0;
		r->lines = 0;
		r->counting = r->done = r->in_line[0] = r->in_line[1] = false;
		for (int i = 0; i < files->n; i++)
			rewind(files->v[i]);
	}
	return read_files(r, files, files->n - 1);
}

static bool is_newest(int dir, const struct files *files)
{
	struct stat st;

	/* none: the newest has been renamed, and there is no other one yet */
	return fstatat(dir, "log", &st, 0) < 0 || (files->n && st.st_ino == files->ino[0]);
}

/* The newest is not that any more: it is read to its end, then those that have come behind it. */
static int go_on(struct reader *r, struct files *files)
{
	struct files now;
	int result = files->n ? read_file(r, files->v[0]) : 0, at = 0;

	open_files(&now, r->dir);
	while (at < now.n && files->n && now.ino[at] != files->ino[0])
		at++;
	r->view->lost |= at == now.n && files->n;
	if (result == 0)
		result = read_files(r, &now, at - 1);
	close_files(files);
	*files = now;
	return result;
}

static bool has_ended(struct container *c)
{
	return faccessat(container_run_dir(c), "exit.json", F_OK, 0) == 0 || container_lock(c, false) == 0;
}

/* Until there is more, perhaps: inotify(7) tells of what is written. That the container has ended nobody
 * tells. False: who asked has enough. */
static bool wait_for_more(const struct log_view *view, int changes)
{
	enum { LOOK_MS = 100 };
	struct pollfd p[1 + LOG_OTHERS_MAX] = { { .fd = changes, .events = POLLIN } };
	char events[4096];
	bool others = false;

	for (size_t i = 0; i < view->n_others; i++)
		p[1 + i] = view->others[i];
	poll(p, 1 + view->n_others, LOOK_MS);
	if (p[0].revents && read(changes, events, sizeof(events)) < 0)
		return true;
	for (size_t i = 0; i < view->n_others; i++)
		others |= (view->others[i].revents = p[1 + i].revents);
	return !others || view->hear(view->arg);
}

/* -1: none to be had, and it is looked from time to time. */
static int watch_changes(int dir)
{
	char path[32];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if (fd >= 0)
		inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	return fd;
}

static int follow(struct reader *r, struct container *c, struct files *files)
{
	autoclose int changes = watch_changes(r->dir);
	int result = 0;

	while (result == 0 && !r->done) {
		/* asked before reading: what is written until then is read after */
		bool over = has_ended(c);

		if (!is_newest(r->dir, files)) {
			result = go_on(r, files);
			continue;
		}
		result = files->n ? read_file(r, files->v[0]) : 0;
		if (over && is_newest(r->dir, files))
			break;
		if (result == 0 && !wait_for_more(r->view, changes))
			break;
	}
	return result;
}

static int no_log(const struct container *c, struct err *e)
{
	struct stat st;

	err_set(e, "no-log", ENOENT, "read the log of container %s", c->name);
	if (fstatat(c->dir, "log", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_cause(e, "its directory was removed");
	return err_cause(
		       e,
		       "it has none: it runs in the foreground, where its output goes where guise run was started, "
		       "or with --log-driver none"),
	       err_hint(e, "guise run --detach keeps a log");
}

int log_print(struct container *c, struct log_view *view, int out, int err_fd, struct err *e)
{
	static struct reader r;
	struct files files;
	int result;

	autoclose int dir = openat(c->dir, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return no_log(c, e);
	r = (struct reader){ .dir = dir, .view = view };
	r.out[0].fd = out;
	r.out[1].fd = err_fd;
	if (view->since)
		record_time(view->since, r.since);
	if (view->until)
		record_time(view->until, r.until);
	open_files(&files, dir);
	/* records are written whole, so that one begins at the end; its line may have begun before */
	if (view->from_now && files.n)
		fseek(files.v[0], 0, SEEK_END);
	result = view->from_now ? 0 : read_from_tail(&r, &files);
	if (result == 0 && view->follow)
		result = follow(&r, c, &files);
	close_files(&files);
	return result < 0 && result != -EPIPE ?
		       err_set(e, "output", -result, "print the log of container %s", c->name) :
		       0;
}
