/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/loopback.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"

/* Any socket will do (net/socket.c, sock_do_ioctl()): one of AF_UNIX needs no protocol of the network. */
static int request(unsigned long what, struct ifreq *lo)
{
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 || ioctl(fd, what, lo) < 0 ? -errno : 0;
}

int loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	return request(SIOCSIFFLAGS, &lo);
}

int loopback_is_up(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	int r = request(SIOCGIFFLAGS, &lo);

	return r < 0 ? r : (lo.ifr_flags & IFF_UP) != 0;
}
