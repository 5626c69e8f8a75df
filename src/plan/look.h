/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/stat.h>

#include "plan/step.h"
#include "plan/target.h"

/*
 * How check looks at the files and mounts of a running container.
 *
 * Whoever lives in the container may change it while we look, and have left anything in it. So nothing of
 * it is executed, opened for reading, or entered by guise itself: paths are looked up below a descriptor
 * of its root (kernel/fs/inroot.h) and opened with O_PATH, which neither waits for a FIFO nor wakes up a
 * device; the tables are those that the kernel keeps, read through the host's own /proc.
 */

/* What is at a path inside. */
struct look {
	int fd; /* O_PATH; the caller closes it */
	struct stat st;
	const struct mountinfo *mount; /* that it lies on */
	bool is_mounted;               /* it is the root of that mount */
	bool is_covered; /* look_at_mount(): by another mount of the plan, which is what fd and st are of */
};

/* follow: a symbolic link at its end, as at all places before it. 0 or -errno. */
int look_at(struct target *t, const char *path, bool follow, struct look *l);

/* The mount that t->step made at that target, though other steps of t->plan may have mounted something
 * under and over it. Without a plan, the topmost one. 0 or -errno, -ENOENT if it isn't there. */
int look_at_mount(struct target *t, const char *target, struct look *l);

/* Is it the same file as the one at that path of the host? 0: no; -errno. */
int look_is_host_file(const struct look *l, const char *path);

/* For read, the words for what could not be looked at: READ_MISSING, it is gone, or READ_UNKNOWN, and why. */
int look_failed(int r, const char *path, struct str *text);
