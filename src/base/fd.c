/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fd.h"

#include <fcntl.h>

static bool is_kept(int fd, const int *keep, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* The smallest one kept that is not below `from`; ~0U: none. */
static unsigned next_kept(unsigned from, const int *keep, size_t n)
{
	unsigned next = ~0U;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
			next = (unsigned)keep[i];
	return next;
}

int fd_close_others(unsigned passed_on, const int *keep, size_t n)
{
	unsigned from = 3 + passed_on, to;

	for (int fd = 3; fd < (int)from; fd++)
		if (!is_kept(fd, keep, n) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) && close(fd) < 0 &&
		    errno != EBADF)
			return -errno;
	/* ascending, from one kept descriptor to the next */
	do {
		to = next_kept(from, keep, n);
		if (to > from && close_range(from, to == ~0U ? to : to - 1, 0) < 0)
			return -errno;
		from = to + 1;
	} while (to != ~0U);
	return 0;
}

int fd_null_stdio(void)
{
	autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = null < 0 ? -errno : 0;

	for (int i = 0; i < 3; i++)
		if (null < 0 || dup2(null, i) < 0) {
			r = r < 0 ? r : -errno;
			close(i);
		}
	if (null >= 0 && null < 3)
		take_fd(&null);
	return r;
}
