/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * What a program inherits from its caller, and guise does without. With SIGCHLD ignored, guise would not see
 * its children end; with a signal blocked, it would not end itself. A umask would change its files' modes; a
 * limit on the size of files would cut off its state. Both programs call caller_forget() first of all.
 * doc/house.md, "What guise has of its caller", says what is left.
 */

/* Open descriptors at 0, 1, 2, lest the next files take their places; all signals as in a new program, none
 * blocked, except that a file too large is an error instead of a signal; the umask 022; room for guise's own
 * files and descriptors. */
void caller_forget(void);

/* The umask that the caller has: for hooks. */
mode_t caller_umask(void);

/* Before another program of guise's own is executed in this one's place, which will forget its caller as well: the umask and
 * the limits are the caller's again. Its signals and missing descriptors nobody asks for. */
void caller_return(void);

/* In a process that becomes another's program. All signals as they are for a new program, and none
 * blocked. */
void caller_reset_signals(void);

/* The same for a clone without handlers (CLONE_CLEAR_SIGHAND, Linux 5.5) of a program that called
 * caller_forget(): resets only what that program ignores. A twentieth of the system calls. */
void caller_unignore_signals(void);

/* In a process that serves others than its caller, and outlives it: signals, umask, limits, affinity, policy, priority and
 * OOM score are as in a program that nobody has held to anything, and no descriptor from 3 on is open. What it is not
 * allowed to change stays (limits above the hard one want CAP_SYS_RESOURCE), and its cgroup does. */
void caller_leave(void);

/* Set the caller's limits again, where they were changed, except those in `except` (bits of RLIMIT_*). */
void caller_give_limits(uint64_t except);
