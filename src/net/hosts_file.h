/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "net/roster.h"

/*
 * A container's hosts file, and how whoever joins or leaves one of its networks finds it: `hosts`, a file in the
 * container's directory, as long as that is there, on whatever networks the container is by then,
 *
 *     PID START FD DEVICE INODE     a process of guise has it open
 *     WHOSE OWN...                  its head says already what these words are, which are names of WHOSE
 *
 * It is written through that descriptor, /proc/PID/fd/FD. What the container has made of the place /etc/hosts, or of the
 * way there, so does not matter: it is the file that guise has made, or none is written. That process is the one
 * which runs the container. A container that goes on without it keeps the names that it had.
 */
struct hosts_file {
	int fd;
	const char *whose, *own;
};

/* dir: the container's directory. fd stays open as long as this process keeps names in it. */
int hosts_file_note(int dir, const struct hosts_file *file, struct err *e);

/* Open it for reading and writing: 0 or -errno; -ENOENT where it has none, -ESRCH where its process is gone. fd is the
 * caller's, the texts are in the arena. */
int hosts_file_open(int dir, struct arena *a, struct hosts_file *file);

/* What all its lines are (net/names.h), appended: the rest of one that nobody reads yet. */
void hosts_file_lines(const struct hosts_file *file, const struct roster *r, uint64_t now, struct str *out);

/* Make what it says of these addresses (roster_news()) so. */
int hosts_file_change(const struct hosts_file *file, const struct roster *news, uint64_t now, struct arena *a,
		      struct err *e);
