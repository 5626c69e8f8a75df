/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Offsets of a new time namespace's clocks to those of the one it is made in (time_namespaces(7), Linux
 * 5.6). */
struct timens_offset {
	int64_t secs;
	uint32_t nanosecs;
};

/*
 * Make a time namespace with these offsets and enter it. unshare(2) with CLONE_NEWTIME makes one for the
 * caller's children, and offsets can be written until the first process is in it. clone3(2) puts the child
 * there at once, and then it is too late. So: unshare, write, then enter by setns. Takes CAP_SYS_ADMIN and
 * CAP_SYS_TIME in the caller's user namespace, a single thread, and a trusted procfs at /proc. 0 or -errno.
 */
int timens_enter_new(const struct timens_offset *monotonic, const struct timens_offset *boottime);
