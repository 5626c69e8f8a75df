/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/words.h"

#include <ctype.h>
#include <stdio.h>

#include "base/str.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY, MONTH = 30 * DAY, YEAR = 365 * DAY };

const char *words_duration(int64_t ns, char *buf, size_t size)
{
	/* up to a length, which unit is counted: of each, two at least, so that "1 days" is never written */
	static const struct {
		int64_t below, unit;
		const char *name;
	} rows[] = {
		{ MINUTE, 1, "seconds" },     { HOUR, MINUTE, "minutes" },  { 2 * DAY, HOUR, "hours" },
		{ 2 * WEEK, DAY, "days" },    { 2 * MONTH, WEEK, "weeks" }, { 2L * YEAR, MONTH, "months" },
		{ INT64_MAX, YEAR, "years" },
	};
	int64_t s = ns / 1000000000;
	const char *word = s < 1                         ? "Less than a second" :
			   s == 1                        ? "1 second" :
			   s >= MINUTE && s < 2 * MINUTE ? "About a minute" :
			   s >= HOUR && s < HOUR * 3 / 2 ? "About an hour" :
							   NULL;
	size_t i = 0;

	if (word) {
		snprintf(buf, size, "%s", word);
		return buf;
	}
	while (s >= rows[i].below)
		i++;
	/* hours are rounded, since half of one counts: 1 h 30 min are 2 hours */
	snprintf(buf, size, "%lld %s",
		 (long long)((s + (rows[i].unit == HOUR ? HOUR / 2 : 0)) / rows[i].unit), rows[i].name);
	return buf;
}

static const char *scaled(struct arena *a, double n, double base, int digits, const char *const units[])
{
	int i = 0;

	for (; n >= base - 0.5 && units[i + 1]; i++)
		n /= base;
	return arena_printf(a, "%.*g%s", digits, n, units[i]);
}

const char *words_bytes(struct arena *a, uint64_t n)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB", NULL };

	return scaled(a, (double)n, 1000, 3, units);
}

const char *words_binary(struct arena *a, uint64_t n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL };

	return scaled(a, (double)n, 1024, 4, units);
}

const char *words_cell(struct arena *a, const char *text, size_t max)
{
	char *copy = arena_strdup(a, text);
	size_t n = 0;

	for (char *p = copy; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
		if ((*p & 0xc0) == 0x80)
			continue; /* inside a character of UTF-8 */
		if (n++ == max) {
			*p = '\0';
			return arena_printf(a, "%s…", copy);
		}
	}
	return copy;
}

const char *words_status(const char *status, int64_t started, int64_t finished, int exit_code, bool oom,
			 int64_t now, char *buf, size_t size)
{
	char time[40], code[16] = "unknown";

	if (str_eq(status, "running") || str_eq(status, "paused")) {
		snprintf(buf, size, "Up %s%s", words_duration(now - started, time, sizeof(time)),
			 *status == 'p' ? " (Paused)" : "");
	} else if (str_eq(status, "exited")) {
		if (exit_code >= 0)
			snprintf(code, sizeof(code), "%d", exit_code);
		snprintf(buf, size, "Exited (%s) %s ago%s", code,
			 words_duration(now - finished, time, sizeof(time)), oom ? ", out of memory" : "");
	} else {
		snprintf(buf, size, "%c%s", toupper(*status), status + 1);
	}
	return buf;
}
