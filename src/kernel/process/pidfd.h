/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The process with that pid; -errno: there is none. Another may have the pid by now, unless it is a child that has not
 * been reaped (proc_open() is for all others). */
int pidfd_of(pid_t pid);

/* How the process of a pidfd ended; we need not be its parent. *code is as in a shell: its exit status, or
 * 128 and the signal's number. Needs PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15), and its parent must
 * have reaped it. 0, or -errno: -ENODATA while it is not known. */
int pidfd_exit_code(int pidfd, int *code);

/* Has the process ended, or does it within `ms` milliseconds (-1: without limit)? Signals do not count. */
bool pidfd_ended(int pidfd, int ms);

/* The same, and reap it if it is a child of ours. */
bool pidfd_reap(int pidfd, int ms);
