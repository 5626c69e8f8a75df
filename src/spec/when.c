/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

enum { SECOND = 1000000000 };

/* "5", "5.25" in units of `unit` nanoseconds; what is behind it, or NULL. */
static const char *number(const char *s, int64_t unit, int64_t *ns)
{
	int64_t n = 0, fraction = 0;

	if (!isdigit((unsigned char)*s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s - '0', &n))
			return NULL;
	if (*s == '.') {
		int64_t part = unit;

		for (s++; isdigit((unsigned char)*s); s++)
			fraction += (*s - '0') * (part /= 10);
	}
	return __builtin_mul_overflow(n, unit, ns) || __builtin_add_overflow(*ns, fraction, ns) ? NULL : s;
}

/* Go's durations, which docker takes. */
static bool duration(const char *s, int64_t *ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ns", 1 },     { "us", 1000 },         { "ms", 1000000 },
		      { "s", SECOND }, { "m", 60LL * SECOND }, { "h", 3600LL * SECOND } };
	int64_t one;

	*ns = 0;
	do {
		size_t digits = strspn(s, "0123456789."), len = strspn(s + digits, "nsumh"), i = 0;

		while (i < ARRAY_LEN(units) &&
		       (strlen(units[i].name) != len || strncmp(units[i].name, s + digits, len) != 0))
			i++;
		if (i == ARRAY_LEN(units) || number(s, units[i].ns, &one) != s + digits ||
		    __builtin_add_overflow(*ns, one, ns))
			return false;
		s += digits + len;
	} while (*s);
	return true;
}

/* "Z", "+01:00", or nothing: guise's own. */
static bool zone(const char *s, struct tm *tm, int64_t *seconds)
{
	int hours, minutes, end = 0;

	if (!*s) {
		tm->tm_isdst = -1;
		*seconds = mktime(tm);
		return true;
	}
	*seconds = timegm(tm);
	if (str_eq(s, "Z") || str_eq(s, "z"))
		return true;
	if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 ||
	    s[1 + end] || hours > 23 || minutes > 59 || hours < 0 || minutes < 0)
		return false;
	*seconds -= (*s == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool date(const char *s, int64_t *ns)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d" };
	int64_t fraction = 0, seconds;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = { 0 };
		const char *rest = strptime(s, forms[i], &tm);

		if (rest && *rest == '.' && i == 0) {
			int64_t part = SECOND;

			for (rest++; isdigit((unsigned char)*rest); rest++)
				fraction += (*rest - '0') * (part /= 10);
		}
		if (rest && zone(rest, &tm, &seconds))
			return !__builtin_mul_overflow(seconds, (int64_t)SECOND, ns) &&
			       !__builtin_add_overflow(*ns, fraction, ns);
	}
	return false;
}

int when_parse(const char *text, int64_t now, int64_t *ns, struct err *e)
{
	const char *end;

	if (duration(text, ns)) {
		*ns = now - *ns;
		return 0;
	}
	if (((end = number(text, SECOND, ns)) && !*end) || date(text, ns))
		return 0;
	return err_set(e, "bad-time", EINVAL, "'%s'", text), err_cause(e, "not a time"),
	       err_hint(e, "write for example 10m, 2026-11-28T16:05:00 or 1764300000");
}
