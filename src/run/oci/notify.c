/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"

#define INSIDE "/run/notify"
#define NAME   "notify.sock"

/* ---- create ---- */

static bool wanted(const struct making *m)
{
	return m->wish->notify && m->config.has_process && m->config.ns[NS_MNT].given;
}

void notify_wish(struct making *m, const char *state, struct arena *a)
{
	struct oci_config *c = &m->config;
	size_t n = c->n_mounts;

	if (!wanted(m))
		return;
	struct oci_mount *mounts = arena_array(a, struct oci_mount, n + 1);
	struct oci_source *sources = arena_array(a, struct oci_source, n + 1);

	for (size_t i = 0; i < n; i++) {
		mounts[i] = c->mounts[i];
		sources[i] = m->facts.sources[i];
	}
	mounts[n] = (struct oci_mount){
		.type = "bind",
		.source = arena_printf(a, "%s/containers/%s/notify", state, m->wish->id),
		.target = INSIDE,
		.attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	c->mounts = mounts;
	c->n_mounts++;
	m->facts.sources = sources;
	strv_push(a, &m->facts.own_env, "NOTIFY_SOCKET=" INSIDE "/" NAME);
}

int notify_prepare(const struct making *m, struct err *e)
{
	/* the command's user must come through */
	if (!wanted(m) || mkdirat(m->o.c.dir, "notify", 0755) == 0)
		return 0;
	return err_set(e, "state", errno, "make the directory notify of container %s", m->o.c.id);
}

/* ---- start, run ---- */

/* Bound by a short name, whatever the path of the directory is (unix(7)). */
int notify_listen(struct notify *n, const struct oci_container *o, const char *host, struct err *e)
{
	autoclose int dir = host ? openat(o->c.dir, "notify", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) :
				   -1;
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	*n = (struct notify){ .sock = -1, .host = host };
	if (dir < 0)
		return 0;
	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/" NAME, dir);
	n->sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* whoever the command is, it may write there */
	if (n->sock < 0 || bind(n->sock, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    fchmodat(dir, NAME, 0777, 0) < 0)
		return err_set(e, "state", errno, "make the notify socket of container %s", o->c.id);
	return 0;
}

/* ---- what is passed on ---- */

static const char *const passed_on[] = {
	"READY=1", "RELOADING=1", "STOPPING=1",      "WATCHDOG=1",
	"STATUS=", "ERRNO=",      "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC="
};

static bool may_pass(const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) {
		size_t n = strlen(passed_on[i]);

		if (len >= n && memcmp(line, passed_on[i], n) == 0 &&
		    (passed_on[i][n - 1] == '=' || len == n))
			return true;
	}
	return false;
}

/* To the manager, perhaps with a descriptor. If it no longer listens, that is nobody's failure. */
static bool tell(const struct notify *n, const char *text, size_t len, int fd)
{
	autoclose int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t size = strlen(n->host);

	if (size >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, n->host, size);
	if (*n->host == '@')
		to.sun_path[0] = '\0';
	else
		size++;
	if (connect(sock, (struct sockaddr *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
		return false;
	return fd < 0 ? send(sock, text, len, MSG_NOSIGNAL) >= 0 : fdpass_send_with(sock, fd, text, len) == 0;
}

/* The manager finds our unit by our pid: we may not end before it has looked (sd_notify_barrier(3)). */
static void barrier(const struct notify *n)
{
	enum { PATIENCE_MS = 5000 };
	static const char text[] = "BARRIER=1";
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	bool told = tell(n, text, strlen(text), ends[1]);
	close(ends[1]);
	if (told)
		poll(&(struct pollfd){ .fd = ends[0] }, 1, PATIENCE_MS);
	close(ends[0]);
}

void notify_relay(void *arg)
{
	enum { MESSAGE_MAX = 4096 };
	struct notify *n = arg;
	char in[MESSAGE_MAX + 1], out[MESSAGE_MAX + 32];
	size_t len = 0, to = 0;
	bool ready = false;
	ssize_t got;
	int fd;

	got = fdpass_recv(n->sock, in, sizeof(in), &fd);
	fd_close(&fd);
	if (got <= 0 || got > MESSAGE_MAX) /* a part of a message is none */
		return;
	for (size_t from = 0; from < (size_t)got; from = to + 1) {
		for (to = from; to < (size_t)got && in[to] != '\n'; to++)
			;
		if (!may_pass(in + from, to - from))
			continue;
		ready |= to - from == 7 && memcmp(in + from, "READY=1", 7) == 0;
		memcpy(out + len, in + from, to - from);
		len += to - from;
		out[len++] = '\n';
	}
	if (ready && n->pid)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "MAINPID=%d\n", n->pid);
	if (len && tell(n, out, len, -1))
		n->ready |= ready;
}

void notify_await(struct notify *n, int pidfd)
{
	struct pollfd p[] = { { n->sock, POLLIN, 0 }, { pidfd, POLLIN, 0 } };

	if (n->sock < 0)
		return;
	while (!n->ready && (poll(p, 2, -1) >= 0 || errno == EINTR)) {
		if (p[0].revents)
			notify_relay(n);
		else if (p[1].revents)
			break;
	}
	if (n->ready)
		barrier(n);
	fd_close(&n->sock);
}
