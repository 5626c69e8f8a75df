/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * The table of mounts of a namespace, /proc/PID/mountinfo (proc_pid_mountinfo(5)), as a list. All of its
 * memory is the arena's. The kernel wrote the table, but whoever may mount chose the names in it.
 */
struct mountinfo {
	int id, parent;
	unsigned major, minor; /* of the file system */
	const char *root;      /* the directory of the file system that is mounted; may end in "//deleted" */
	const char *target;    /* where, below the root of the process whose table it is */
	uint64_t attr;         /* MOUNT_ATTR_* of this mount */
	unsigned shared, master; /* the peer groups it sends to and receives from; 0: none */
	bool unbindable;
	const char *type, *source;
	const char *options; /* of the file system, with the kernel's escapes: see mountinfo_option() */
};

struct mountinfo_list {
	struct mountinfo *v;
	size_t n;
};

/* Read the table into the list. text is cut into pieces, and must live as long. Skips lines that are no row
 * of the table. */
void mountinfo_parse(struct arena *a, char *text, struct mountinfo_list *list);

/* The same of an open table, or of the caller's own. 0 or -errno. */
int mountinfo_read_fd(struct arena *a, int fd, struct mountinfo_list *list);
int mountinfo_read_self(struct arena *a, struct mountinfo_list *list);

/* The mount with that id, as statx(2) gives it (stx_mnt_id, Linux 5.8); or NULL. */
const struct mountinfo *mountinfo_by_id(const struct mountinfo_list *list, uint64_t id);

/* The value of the file system's option ("lowerdir"), unescaped, in the arena; "" for one without a value;
 * NULL if it isn't there. */
const char *mountinfo_option(struct arena *a, const struct mountinfo *m, const char *name);

/* "private", "shared", "slave", "slave and shared", "unbindable". */
const char *mountinfo_propagation(const struct mountinfo *m);
