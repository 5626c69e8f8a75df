/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * The names of signals (signal(7)). Real-time signals are counted as glibc and docker count them: RTMIN
 * is 34, since the C library keeps 32 and 33 for itself, and RTMAX is 64.
 */
enum { SIGNAL_RTMIN = 34, SIGNAL_RTMAX = 64 };

/* The number of "SIGTERM", "term", "15", "RTMIN", "RTMIN+3", "SIGRTMAX-1"; 1 to 64, or -1. */
int signal_from_name(const char *name);

/* "SIGTERM", "SIGRTMIN+3", or the number where there is no name. Returns buf; 16 bytes are enough. */
const char *signal_name(int sig, char *buf, size_t size);
