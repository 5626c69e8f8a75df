/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/sched.h>

#include "base/err.h"

/* clone3(2), Linux 5.3. The pid, 0 in the child, or -1 with errno. */
long clone_process(struct clone_args *args);

/* The error of a clone that failed for the reason `no` (errno): "start WHAT". It says what may stand in the
 * way: a kernel, a limit, or a sandbox around guise. Returns -no. */
int clone_failed(const char *what, unsigned long long flags, int no, struct err *e);
