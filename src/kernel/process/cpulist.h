/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Lists of processors or memory nodes as the kernel writes them: "0-3,7" (cpuset(7), "List format"). */

enum { CPULIST_BITS = 8192, CPULIST_WORDS = CPULIST_BITS / (8 * sizeof(unsigned long)) };

/* All that there can be. */
#define CPULIST_ALL "0-8191"

/* Set the bits of the list in mask, of CPULIST_WORDS words, and no others. 0, or -EINVAL (also for numbers
 * from CPULIST_BITS on, and for an empty list). */
int cpulist_parse(const char *list, unsigned long *mask);

/* Are all of the first list's in the second? No, if either can't be read. */
bool cpulist_is_within(const char *list, const char *in);
