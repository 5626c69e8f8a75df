/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

int log_append(int log, const char *stream, const char *data, size_t len)
{
	char time[40], head[80];

	record_time(record_now(), time);
	while (len > 0) {
		const char *newline = memchr(data, '\n', len);
		size_t n = newline ? (size_t)(newline - data) : len;
		int h = snprintf(head, sizeof(head), "%s %s %c ", time, stream, newline ? 'F' : 'P');
		struct iovec v[3] = { { head, (size_t)h }, { (char *)data, n }, { (char *)"\n", 1 } };

		/* one write a record, to a file opened with O_APPEND: a reader never sees half of a head */
		if (writev(log, v, 3) < 0)
			return -errno;
		n += newline != NULL;
		data += n;
		len -= n;
	}
	return 0;
}

/* One record: TIME STREAM F|P TEXT. */
static int print_record(char *line, const struct log_view *view, int out, int err_fd)
{
	char *stream = strchr(line, ' '), *tag = stream ? strchr(stream + 1, ' ') : NULL;
	struct iovec v[4];
	int n = 0;

	if (!tag || !tag[1] || tag[2] != ' ')
		return 0; /* not ours, or cut by a full disk */
	if (view->timestamps) {
		v[n++] = (struct iovec){ line, (size_t)(stream - line) };
		v[n++] = (struct iovec){ (char *)" ", 1 };
	}
	v[n++] = (struct iovec){ tag + 3, strlen(tag + 3) };
	if (tag[1] == 'F')
		v[n++] = (struct iovec){ (char *)"\n", 1 };
	return writev(strncmp(stream, " stderr", 7) == 0 ? err_fd : out, v, n) < 0 ? -errno : 0;
}

/* Move to the tail: from the start, passing over all but the last `tail` records. */
static void skip_to_tail(FILE *f, long tail)
{
	char *line = NULL;
	size_t room = 0;
	long lines = 0;

	if (tail < 0)
		return;
	while (getline(&line, &room, f) > 0)
		lines++;
	rewind(f);
	while (lines-- > tail && getline(&line, &room, f) > 0)
		;
	free(line);
}

static int print_all(FILE *f, const struct log_view *view, int out, int err_fd)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] != '\n') { /* still being written: come back to it */
			fseek(f, -n, SEEK_CUR);
			break;
		}
		line[n - 1] = '\0';
		r = print_record(line, view, out, err_fd);
	}
	free(line);
	return r;
}

int log_print(struct container *c, const struct log_view *view, int out, int err_fd, struct err *e)
{
	int fd = openat(c->dir, "log", O_RDONLY | O_CLOEXEC), r;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f)
		return err_set(e, "no-log", errno, "read the log of container %s", c->name),
		       err_cause(e, "it runs in the foreground: its output goes where guise run was started"),
		       err_hint(e, "guise run --detach keeps a log");
	skip_to_tail(f, view->tail);
	for (;;) {
		/* asked before reading: what is written until then is read after */
		bool over = faccessat(c->dir, "exit.json", F_OK, 0) == 0 || container_lock(c, false) == 0;

		r = print_all(f, view, out, err_fd);
		if (r < 0 || !view->follow || over)
			break;
		poll(NULL, 0, 100);
		clearerr(f);
	}
	fclose(f);
	return r < 0 && r != -EPIPE ? err_set(e, "output", -r, "print the log of container %s", c->name) : 0;
}
