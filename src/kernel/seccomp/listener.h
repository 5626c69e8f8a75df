/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * The listener of a system call filter (seccomp_unotify(2)), taken from the process that loads the filter.
 *
 * Theory of operation. Once the filter is loaded, any system call of that process may wait for an answer from
 * the listener. So the process cannot hand over the descriptor, nor wait until somebody has taken it. It has
 * to be stopped from outside, between the call that loads the filter and the next one:
 *
 *     we                                 it
 *     listener_attach()                  waits for us
 *     tell it                     --->   goes on, and calls seccomp(2)
 *     listener_take(): seccomp(2) has returned; pidfd_getfd(2) of what it returned
 *     listener_detach()           --->   goes on, with the filter
 *
 * Needs the right to trace it (ptrace(2), PTRACE_MODE_ATTACH). If we end, the kernel kills it.
 */

/* 0 or -errno. */
int listener_attach(pid_t pid);

/* The descriptor, or -errno: the process has ended (-ESRCH), or what seccomp(2) failed with. */
int listener_take(pid_t pid, int pidfd);

/* Let it go on; or kill it, before it does anything more. */
void listener_detach(pid_t pid, bool kill);
