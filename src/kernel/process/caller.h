/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * What a program has of its caller, and guise takes from nobody: an ignored SIGCHLD would take it the end of its
 * children, a blocked signal its own end, a umask its files' modes, a limit on the size of files its state. Both
 * programs call caller_forget() first of all. What is left is in doc/house.md, "What guise has of its caller".
 */

/* Open descriptors at 0, 1, 2, lest the next files take their places; all signals as they are for a new program, none
 * blocked, but a file too large is an error instead of a signal; the umask 022; room for guise's own files and
 * descriptors. */
void caller_forget(void);

/* The umask that the caller has: for hooks. */
mode_t caller_umask(void);

/* In a process that becomes another's program. All signals as they are for a new program, and none blocked. */
void caller_reset_signals(void);

/* The same in a clone without handlers (CLONE_CLEAR_SIGHAND, Linux 5.5) of a program that called caller_forget(): what
 * it ignores itself. A twentieth of the system calls. */
void caller_unignore_signals(void);

/* And the caller's limits again, where they were changed, but those of `except` (bits of RLIMIT_*). */
void caller_give_limits(uint64_t except);
