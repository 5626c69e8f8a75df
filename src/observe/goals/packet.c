/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Does a packet arrive? One is sent: without a port an echo request, whose answer is waited for, else a connection over
 * TCP is made. Only what the kernel does with it counts, so that a way is accepted that nobody thought of. The first packet
 * may be lost while a link comes up or a neighbour is asked for, so echo requests are sent again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "observe/goals/goal.h"

/* A kernel that asks for a neighbour already, since somebody tried before, asks again each second (retrans_time_ms). */
enum { WAIT_MS = 1300, AGAIN_MS = 200 };

enum { BYTES_MAX = 65000 };

struct destination {
	struct sockaddr_in address;
	bool has_port;
	size_t bytes; /* of an echo request, behind its header */
};

static bool parse_destination(struct arena *a, const struct strv *w, struct destination *d)
{
	const char *text = w->v[2];
	const char *colon = strchr(text, ':');
	char *end = NULL;
	struct ip ip;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (ip_parse(arena_strndup(a, text, strcspn(text, ":")), &ip) < 0 || ip.family != AF_INET ||
	    (colon && (*end || port < 1 || port > 65535)))
		return false;
	*d = (struct destination){ .has_port = colon, .bytes = w->n > 3 ? strtoul(w->v[3], NULL, 10) : 8 };
	d->address.sin_family = AF_INET;
	d->address.sin_port = htons((uint16_t)port);
	memcpy(&d->address.sin_addr, ip.bytes, 4);
	return d->bytes <= BYTES_MAX;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- an echo ---- */

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return htons((uint16_t)~sum);
}

/* Whole: what is too large for a link on the way shall be lost, not cut. */
static int open_echo(void)
{
	int whole = IP_PMTUDISC_PROBE, fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd >= 0)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	return fd;
}

static void send_echo(int fd, const struct destination *to, uint16_t id, uint16_t n)
{
	static uint8_t packet[sizeof(struct icmphdr) + BYTES_MAX];
	struct icmphdr echo = { .type = ICMP_ECHO };

	echo.un.echo.id = id;
	echo.un.echo.sequence = htons(n);
	echo.checksum = checksum(&echo, sizeof(echo)); /* what follows is zeros */
	memcpy(packet, &echo, sizeof(echo));
	sendto(fd, packet, sizeof(echo) + to->bytes, 0, (const struct sockaddr *)&to->address,
	       sizeof(to->address));
}

/* Is what has come the answer? Others' come by here, too. */
static bool is_answer(int fd, const struct destination *to, uint16_t id)
{
	uint8_t packet[1024];
	struct icmphdr echo;
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	size_t header = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;

	if (header < 20 || (size_t)n < header + sizeof(echo))
		return false;
	memcpy(&echo, packet + header, sizeof(echo));
	return echo.type == ICMP_ECHOREPLY && echo.un.echo.id == id &&
	       memcmp(packet + 12, &to->address.sin_addr, 4) == 0;
}

static bool echoes(const struct destination *to)
{
	autoclose int fd = open_echo();
	int64_t end = now_ms() + WAIT_MS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint16_t id = (uint16_t)(getpid() ^ end), n = 0;

	for (int64_t again = 0; fd >= 0 && (left = end - now_ms()) > 0;) {
		if (now_ms() >= again) {
			send_echo(fd, to, id, n++);
			again = now_ms() + AGAIN_MS;
		}
		if (poll(&p, 1, (int)(left < AGAIN_MS ? left : AGAIN_MS)) == 1 && is_answer(fd, to, id))
			return true;
	}
	return false;
}

/* ---- a connection ---- */

static bool connects(const struct destination *to)
{
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int no = 0;
	socklen_t len = sizeof(no);

	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&to->address, sizeof(to->address)) == 0)
		return true;
	return errno == EINPROGRESS && poll(&p, 1, WAIT_MS) == 1 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &no, &len) == 0 && no == 0;
}

/* ---- the words ---- */

static bool enter(const struct goal_look *look, const char *name)
{
	const struct world_netns *ns = goal_netns_of(look, name);
	bool outside = str_eq(name, "outside");
	autoclose int fd = !outside && ns && ns->path ? open(ns->path, O_RDONLY | O_CLOEXEC) : -1;

	/* in the machine's own we are */
	return str_eq(name, "machine") || setns(outside ? look->outside : fd, CLONE_NEWNET) == 0;
}

/* 1: it arrives; 0: it doesn't; -1: that can't be tried. Comes back to where it was. */
static int try(const struct goal_look *look, const struct strv *w)
{
	autoclose int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct destination to;
	int r;

	if (home < 0 || !parse_destination(look->a, w, &to) || !enter(look, w->v[1]))
		return -1;
	r = to.has_port ? connects(&to) : echoes(&to);
	return setns(home, CLONE_NEWNET) == 0 ? r : -1;
}

static const char *cannot(const struct goal_look *look, const struct strv *w)
{
	return arena_printf(look->a, "nothing can be sent from %s to %s: there is no such place", w->v[1],
			    w->v[2]);
}

const char *goal_arrives(const struct goal_look *look, const struct strv *w)
{
	int r = try(look, w);

	if (r == 1)
		return NULL;
	return r < 0 ? cannot(look, w) : arena_printf(look->a, "%s does not reach %s", w->v[1], w->v[2]);
}

const char *goal_blocked(const struct goal_look *look, const struct strv *w)
{
	int r = try(look, w);

	if (r == 0)
		return NULL;
	return r < 0 ? cannot(look, w) : arena_printf(look->a, "%s reaches %s", w->v[1], w->v[2]);
}
