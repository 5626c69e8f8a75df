/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "state/log.h"

static bool is_kind(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* A file is never waited for, and others share its offset; send(2) and recv(2) can be told not to wait. */
static int open_anew(int fd, int mode, bool *may_wait)
{
	char path[32];
	int anew;

	*may_wait = is_kind(fd, S_IFIFO) || isatty(fd);
	if (!*may_wait)
		return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	anew = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*may_wait = anew < 0;
	if (anew < 0 && errno != ENXIO) /* which means: nobody reads this pipe */
		anew = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return anew;
}

void flow_from_own(struct flow *f, int fd)
{
	bool may_wait;

	f->from_socket = is_kind(fd, S_IFSOCK);
	f->from = open_anew(fd, O_RDONLY, &may_wait);
}

void flow_to_own(struct flow *f, int fd)
{
	f->to_socket = is_kind(fd, S_IFSOCK);
	f->to = open_anew(fd, O_WRONLY, &f->may_wait);
}

[[gnu::hot]] void flow_poll(const struct flow *f, struct pollfd p[2])
{
	bool full = f->start < f->end;

	p[0] = (struct pollfd){ .fd = full ? -1 : f->from, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = full ? f->to : -1, .events = POLLOUT };
}

[[gnu::hot]] static void write_some(struct flow *f)
{
	size_t n = f->end - f->start;
	ssize_t done;

	/* a pipe that poll(2) calls writable takes so much at once (pipe(7)) */
	if (f->may_wait && n > PIPE_BUF)
		n = PIPE_BUF;
	done = f->to_socket ? send(f->to, f->buf + f->start, n, MSG_DONTWAIT | MSG_NOSIGNAL) :
			      write(f->to, f->buf + f->start, n);
	if (done >= 0)
		f->start += (size_t)done;
	else if (errno != EINTR && errno != EAGAIN)
		f->start =
			f->end; /* a full disk must not stop the container: what cannot be written is lost */
	if (done < 0 && errno == EPIPE)
		fd_close(&f->to);
}

[[gnu::hot]] static void read_some(struct flow *f, size_t max)
{
	ssize_t n;

	f->start = f->end = 0;
	n = f->from_socket ? recv(f->from, f->buf, max, MSG_DONTWAIT) : read(f->from, f->buf, max);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		fd_close(&f->from); /* a terminal's end is EIO */
		return;
	}
	f->left -= f->left ? (size_t)n : 0;
	if (f->log)
		log_append(f->log, f->stream, f->buf, (size_t)n);
	else if (f->to >= 0)
		flow_put(f, f->buf, (size_t)n);
}

[[gnu::hot]] void flow_put(struct flow *f, const char *data, size_t len)
{
	for (size_t i = 0; data != f->buf && i < len; i++)
		f->buf[i] = data[i];
	f->start = 0;
	f->end = len;
	if (!f->may_wait)
		write_some(f);
}

[[gnu::hot]] void flow_move(struct flow *f, const struct pollfd p[2])
{
	if (p[1].revents)
		write_some(f);
	if (p[0].revents)
		read_some(f, FLOW_ROOM);
}

void flow_last(struct flow *f)
{
	/* a terminal does not tell how much there is, and holds less than this */
	enum { TERMINAL_MAX = 1 << 16 };
	int n;

	f->left = TERMINAL_MAX;
	if (f->from >= 0 && is_kind(f->from, S_IFIFO))
		f->left = ioctl(f->from, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void flow_drain(struct flow *f, bool wait)
{
	for (;;) {
		struct pollfd p[2];
		bool full = f->start < f->end;

		flow_poll(f, p);
		if (full ? f->to < 0 : f->from < 0 || !f->left)
			return;
		if (poll(p, 2, full && wait ? -1 : 0) <= 0)
			return;
		if (full)
			write_some(f);
		else
			read_some(f, f->left < FLOW_ROOM ? f->left : FLOW_ROOM);
	}
}

void flow_close(struct flow *f)
{
	fd_close(&f->from);
	fd_close(&f->to);
}
