/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * Our own program, where others can get hold of it.
 *
 * Who may trace a process (ptrace(2), PTRACE_MODE_READ) can open what it executes, /proc/PID/exe, and keep that: the
 * host's file, which can be written as soon as nobody executes it any more (CVE-2019-5736). PR_SET_DUMPABLE hides a
 * process from all but those with CAP_SYS_PTRACE in the user namespace in which it was executed. Where such ones may
 * be among those who see the container's first process, or that of an exec, guise executes itself once more before
 * it begins: from a mount of its file, its own and nowhere attached, that is read-only, or, where it may not mount,
 * from a sealed copy in memory. It costs another start of the program, half a millisecond.
 *
 * Nothing may have been done by then that the second run would not find as the first did: a pipe that was read, a
 * lock, a file made.
 */

/* Returns 0 when it is so, -errno when it can't be had; else executes us again with the same arguments. */
int self_protect(struct arena *a, struct err *e);

/* Seal a file of memfd_new(): by nobody can it be changed any more. -1 with errno. */
int self_seal(int fd);
