/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "plan/live.h"
#include "plan/step.h"

/*
 * One more process in a running container (exec). A process can enter all namespaces but the pid namespace:
 * only its children are born into that. Whatever is born there, its neighbours can see and, with
 * CAP_SYS_PTRACE, trace. So two are cloned, and the second is born when nothing of the host is left:
 *
 *     guise             first                             second (INIT)
 *     clone3 -------->  closes what it inherited;
 *                       undumpable; enters the
 *                       namespaces, with them the root
 *                       clone3(CLONE_PARENT) --------->   its steps, as in run/start/launch.c
 *     reaps it  <-----  its pid; ends
 *
 * CLONE_PARENT makes the second guise's child too. So guise waits for it, and its parent death signal follows
 * guise's end. The first is still in guise's pid namespace, so the pid that it tells is guise's.
 */

/* The namespaces of that process that guise is not in already, CLONE_NEW*. To enter one's own user namespace
 * is an error (setns(2)), and to enter the host's others takes privilege. */
uint64_t enter_needed(pid_t pid);

/* In the first process: enter the namespaces of live->target (CLONE_NEW*, setns(2) with a pidfd: Linux 5.8).
 * Returns 0 in the second process only, with live->root opened; on failure -errno in the first. */
int enter(uint64_t flags, struct live *live, struct err *e);

/* The same for the first process of a container whose user namespace exists already (process.join_user of
 * STEP_PROCESS). Its new namespaces shall belong to that one, so it is entered before they are made; so is
 * its pid namespace, if that one exists too. */
int enter_user(const struct step_process *process, struct live *live, struct err *e);

/* In guise: wait until the first has ended; live->pid and live->pidfd are the second from here on. */
int enter_await(struct live *live, struct err *e);

/* Did this failure (*e) come from the container's end meanwhile? Its cgroup, its root, its /proc and its
 * namespaces go one after the other, so that may show as any error. pidfd: its first process. */
bool enter_failed_by_end(pid_t first, int pidfd, const struct err *e);
