/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/reach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/net/echo.h"

/* A kernel that asks for a neighbour already, since somebody tried before, asks again each second (retrans_time_ms). */
enum { WAIT_MS = 1300, AGAIN_MS = 200 };

/* ---- an echo ---- */

/* Whole: what is too large for a link on the way shall be lost, not cut. */
static int open_echo(void)
{
	int whole = IP_PMTUDISC_PROBE, fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd >= 0)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	return fd;
}

static void send_echo(int fd, const struct sockaddr_in *to, size_t bytes, uint16_t id, uint16_t n)
{
	static uint8_t packet[ECHO_HEADER + REACH_BYTES_MAX];

	echo_request(AF_INET, id, htons(n), packet);
	sendto(fd, packet, ECHO_HEADER + bytes, 0, (const struct sockaddr *)to, sizeof(*to));
}

static bool is_answer(int fd, const struct sockaddr_in *to, uint16_t id)
{
	uint8_t packet[1024];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	struct ip from;

	return n > 0 && echo_is_reply(AF_INET, id, packet, (size_t)n, &from) &&
	       memcmp(from.bytes, &to->sin_addr, sizeof(to->sin_addr)) == 0;
}

bool reach_echo(const struct sockaddr_in *to, size_t bytes)
{
	autoclose int fd = open_echo();
	int64_t end = clock_ms() + WAIT_MS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint16_t id = (uint16_t)(getpid() ^ end), n = 0;

	for (int64_t again = 0; fd >= 0 && (left = end - clock_ms()) > 0;) {
		if (clock_ms() >= again) {
			send_echo(fd, to, bytes, id, n++);
			again = clock_ms() + AGAIN_MS;
		}
		if (poll(&p, 1, (int)(left < AGAIN_MS ? left : AGAIN_MS)) == 1 && is_answer(fd, to, id))
			return true;
	}
	return false;
}

/* ---- a connection ---- */

bool reach_connect(const struct sockaddr_in *to)
{
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int no = 0;
	socklen_t len = sizeof(no);

	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return true;
	return errno == EINPROGRESS && poll(&p, 1, WAIT_MS) == 1 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &no, &len) == 0 && no == 0;
}
