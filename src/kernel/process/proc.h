/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* Facts about a process, from /proc (proc(5)). A pid is used again: only together with the start time it
 * means one process, until the next boot. */

bool proc_exists(pid_t pid);

/* Clock ticks after boot; 0 when there is no such process. */
uint64_t proc_start_time(pid_t pid);

/* A pidfd of the process that has this pid and start time: -ESRCH when it is gone or another has its
 * pid, -errno else. The caller closes it. */
int proc_open(pid_t pid, uint64_t start_time);

/* A zombie has ended, whatever its pidfd says. */
bool proc_is_zombie(pid_t pid);

/* Is it on its way to be one: killed, or exiting? That takes the first process of a pid namespace some ten
 * milliseconds, and on a busy machine much longer. Its pidfd tells the end. */
bool proc_is_dying(pid_t pid);

/* Has it executed anything since it was forked? */
bool proc_has_executed(pid_t pid);

/* Are the two in the same namespace? name as in /proc/PID/ns. False when one can't be looked at. */
bool proc_same_ns(pid_t a, pid_t b, const char *name);

/* What a line of /proc/PID/status says: "CapBnd", "Groups". In the arena, without blanks around; NULL when
 * there is no such line or process. */
const char *proc_status(struct arena *a, pid_t pid, const char *line);

/* The same, read as a hexadecimal number. 0 or -ENOENT. */
int proc_status_hex(struct arena *a, pid_t pid, const char *line, uint64_t *value);

/* The n-th field of /proc/PID/stat, a number: 6 is the session, 7 the controlling terminal. 0 or -ESRCH. */
int proc_stat(pid_t pid, int n, int64_t *value);

/* The command's name as the kernel keeps it, cut to 15 bytes. 0 or -errno. */
int proc_comm(pid_t pid, char *buf, size_t size);

/* Send a signal through a pidfd. 0 or -1 with errno, as kill(2). */
int proc_kill(int pidfd, int sig);
