/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/retry.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

enum { FIRST_WAIT = 500, DIGITS_MAX = 9 };

/* What it says in seconds from now, which may be in the past; or nothing that can be read. */
static bool read_after(const char *after, time_t now, long long *seconds)
{
	size_t digits = strspn(after, "0123456789");
	time_t date;

	if (digits && !after[digits + strspn(after + digits, " \t")]) {
		*seconds = digits > DIGITS_MAX ? RETRY_WAIT_MAX : 0;
		for (size_t i = 0; digits <= DIGITS_MAX && i < digits; i++)
			*seconds = *seconds * 10 + (after[i] - '0');
		return true;
	}
	date = curl_getdate(after, NULL);
	*seconds = (long long)date - now;
	return date != -1;
}

uint64_t retry_wait(const char *after, unsigned tries, time_t now)
{
	long long seconds;

	if (!after || !read_after(after, now, &seconds))
		return (uint64_t)FIRST_WAIT << (tries - 1);
	return seconds <= 0 ? 0 : (uint64_t)(seconds < RETRY_WAIT_MAX ? seconds : RETRY_WAIT_MAX) * 1000;
}
