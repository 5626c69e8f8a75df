/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <time.h>

/* Trying again: when to. Pure. */
enum { RETRY_WAIT_MAX = 60 }; /* seconds */

/* Milliseconds to wait after so many tries, 1 and more, that have failed: what Retry-After says (RFC 9110, 10.2.3:
 * seconds, or a date, which is compared with now), but at most a minute. after NULL, or neither: half a second, and
 * each time twice as long. */
uint64_t retry_wait(const char *after, unsigned tries, time_t now);
