/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
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
