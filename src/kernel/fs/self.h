/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * Our own program, where others can get hold of it.
 *
 * Whoever may trace a process (ptrace(2), PTRACE_MODE_READ) can open the file that it executes,
 * /proc/PID/exe, and keep it open. That is the host's file, and it can be written to as soon as nobody
 * executes it any more (CVE-2019-5736). PR_SET_DUMPABLE hides a process from all but those with
 * CAP_SYS_PTRACE in the user namespace in which it was executed. If such processes may see the container's
 * first process, or that of an exec, guise executes itself once more before it begins: from a read-only mount
 * of its file, attached nowhere, or, where it may not mount, from a sealed copy in memory. That costs another
 * start of the program, half a millisecond.
 *
 * Before that, guise may do nothing that the second run would find changed: read a pipe, take a lock, make a
 * file.
 */

/* Returns 0 when it is protected, -errno when it can't be; else executes us again with the same arguments. */
int self_protect(struct arena *a, struct err *e);

/* Seal a file of memfd_new(): nobody can change it any more. -1 with errno. */
int self_seal(int fd);
