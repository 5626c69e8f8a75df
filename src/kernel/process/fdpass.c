/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

int fdpass_send(int sock, int fd)
{
	return fdpass_send_with(sock, fd, "t", 1);
}

int fdpass_send_with(int sock, int fd, const void *data, size_t len)
{
	union control c = { 0 };
	struct iovec v = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = sizeof(c.buf)
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	const char *rest = data;
	ssize_t n;

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n >= 0 && (size_t)n < len) { /* a stream may take a part */
		rest += n;
		len -= (size_t)n;
		n = send(sock, rest, len, MSG_NOSIGNAL);
	}
	return n < 0 ? -1 : 0;
}

/* The first one is kept, all others are closed. */
static void take(const struct cmsghdr *h, int *fd)
{
	int more;

	for (size_t at = CMSG_LEN(0); at + sizeof(more) <= h->cmsg_len; at += sizeof(more)) {
		memcpy(&more, (const char *)h + at, sizeof(more));
		if (*fd < 0)
			*fd = more;
		else
			close(more);
	}
}

ssize_t fdpass_recv(int sock, void *buf, size_t size, int *fd)
{
	union control c;
	struct iovec v = { .iov_base = buf, .iov_len = size };
	/* room for one: CMSG_SPACE() would be enough for two */
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = CMSG_LEN(sizeof(int))
	};
	ssize_t n;

	*fd = -1;
	while ((n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	if (n < 0)
		return -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
			take(h, fd);
	if (!(m.msg_flags & MSG_CTRUNC))
		return n;
	fd_close(fd);
	errno = EPROTO;
	return -1;
}

/* unix(7) has room for 107 bytes of a path; /proc/self/fd/N, N a descriptor of the socket's node, is
 * short. */
int fdpass_connect(const char *path, int type)
{
	autoclose int node = open(path, O_PATH | O_CLOEXEC);
	autoclose int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", node);
	if (node < 0 || sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return take_fd(&sock);
}
