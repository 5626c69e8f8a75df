/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Descriptors that close themselves at the end of their scope, unless taken:
 *
 *     autoclose int fd = open(...);
 *     ...
 *     return take_fd(&fd);
 */
#define autoclose [[gnu::cleanup(fd_cleanup)]]

static inline void fd_cleanup(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}

static inline int take_fd(int *fd)
{
	int n = *fd;

	*fd = -1;
	return n;
}

static inline void fd_close(int *fd)
{
	fd_cleanup(fd);
	*fd = -1;
}

/* Close all descriptors from 3 on, except the n of `keep` (-1: none) and those of the first `passed_on` that
 * are not close-on-exec. The latter are the caller's, for the command: what guise opens is close-on-exec,
 * whatever its number. 0 or -errno. */
int fd_close_others(unsigned passed_on, const int *keep, size_t n);

/* Let go of what is at 0, 1 and 2: /dev/null is there then; nothing, where that cannot be had: -errno. */
int fd_null_stdio(void);
