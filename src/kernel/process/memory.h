/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Let go of memory that is not needed to wait: the program's and its libraries' read-only pages, which are
 * files' and come back from the page cache when they are touched, and the stack below the caller
 * (madvise(2), MADV_DONTNEED). For a process that has worked and will now wait for long: called just before
 * that, since each piece of code that runs afterwards brings 64 KiB around it back.
 *
 * The functions that run from then on are marked gnu::hot, which puts them side by side. */
void memory_forget(void);
