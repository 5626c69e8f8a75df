/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Let go of memory that a process does not need while it waits (madvise(2), MADV_DONTNEED): the read-only
 * pages of the program and its libraries, which come back from the page cache when they are touched, and the
 * stack below the caller. For a process that has worked and will now wait for long. Called just before that:
 * each piece of code that runs afterwards brings 64 KiB around it back.
 *
 * The functions that run from then on are marked gnu::hot, which puts them side by side. */
void memory_forget(void);
