/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/timens.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/io.h"

int timens_enter_new(const struct timens_offset *monotonic, const struct timens_offset *boottime)
{
	char text[128];
	int r;

	snprintf(text, sizeof(text), "monotonic %" PRId64 " %" PRIu32 "\nboottime %" PRId64 " %" PRIu32 "\n",
		 monotonic->secs, monotonic->nanosecs, boottime->secs, boottime->nanosecs);
	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	if ((r = io_write_small(AT_FDCWD, "/proc/self/timens_offsets", text)) < 0)
		return r;
	autoclose int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWTIME) < 0 ? -errno : 0;
}
