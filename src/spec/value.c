/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/value.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

int value_digits(const char *text, size_t len, uint64_t max, uint64_t *n)
{
	uint64_t sum = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, text[i] - '0', &sum) || sum > max)
			return -ERANGE;
	*n = sum;
	return 0;
}

int value_number(const char *text, int64_t min, int64_t max, int64_t *n, struct err *e)
{
	bool negative = text[0] == '-';
	uint64_t digits;
	int r = value_digits(text + negative, strlen(text + negative), INT64_MAX, &digits);

	if (r == 0) {
		*n = negative ? -(int64_t)digits : (int64_t)digits;
		if (*n >= min && *n <= max)
			return 0;
		r = -ERANGE;
	}
	err_set(e, "bad-number", -r, "'%s'", text);
	err_cause(e, r == -ERANGE ? "the number is out of range" : "not a whole number");
	return err_hint(e, "give a number from %lld to %lld", (long long)min, (long long)max);
}

/* The digits behind a decimal point, as millionths of `one`: "5" of 1000000 is 500000. -EINVAL if there
 * is anything but digits; from the tenth digit on they count nothing. */
static int value_fraction(const char *text, size_t len, uint64_t one, uint64_t *n)
{
	uint64_t scale = 1, sum = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (i < 9) {
			sum = sum * 10 + (text[i] - '0');
			scale *= 10;
		}
	}
	*n = (uint64_t)((unsigned __int128)sum * one / scale);
	return 0;
}

/* "WHOLE", "WHOLE.FRACTION" or ".FRACTION" in text[0..len), times `one`. */
static int value_decimal(const char *text, size_t len, uint64_t one, int64_t *n)
{
	const char *dot = memchr(text, '.', len);
	size_t whole_len = dot ? (size_t)(dot - text) : len;
	uint64_t whole = 0, part = 0;
	int r;

	if (dot != text && (r = value_digits(text, whole_len, INT64_MAX, &whole)) < 0)
		return r;
	if (dot && (r = value_fraction(dot + 1, len - whole_len - 1, one, &part)) < 0)
		return r;
	if (__builtin_mul_overflow(whole, one, &whole) || __builtin_add_overflow(whole, part, &whole) ||
	    whole > INT64_MAX)
		return -ERANGE;
	*n = (int64_t)whole;
	return 0;
}

/* The power of 1024 that a unit stands for: "", "b", "k", "kb", "KiB", ...; -1 for another word. */
static int size_unit(const char *unit)
{
	static const char letters[] = "kmgtp";
	int power = 0;

	if (*unit) {
		const char *letter = strchr(letters, *unit | 0x20);

		if (letter) {
			power = letter - letters + 1;
			unit++;
			if (*unit == 'i')
				unit++;
		}
		if (*unit == 'b' || *unit == 'B')
			unit++;
	}
	return *unit ? -1 : power;
}

int value_size(const char *text, int64_t *bytes, struct err *e)
{
	size_t len = strspn(text, "0123456789.");
	int power = size_unit(text + len), r = -EINVAL;

	if (power >= 0)
		r = value_decimal(text, len, 1ull << (10 * power), bytes);
	if (r == 0)
		return 0;
	err_set(e, "bad-size", -r, "size '%s'", text);
	if (r == -ERANGE)
		err_cause(e, "more bytes than a 63-bit number holds");
	else if (text[0] == '-')
		err_cause(e, "it is negative");
	else if (len > 0 && power < 0)
		err_cause(e, "the unit '%s' is not known", text + len);
	else
		err_cause(e, "not a number of bytes");
	return err_hint(e, "give a number with b, k, m, g or t behind it, such as 50m");
}

int value_cpus(const char *text, uint64_t period, int64_t *quota, struct err *e)
{
	int r = value_decimal(text, strlen(text), period, quota);

	/* The kernel takes no quota below 1 ms of a period (max_cfs_quota_period, sched/core.c). */
	if (r == 0 && (*quota == 0 || *quota >= 1000))
		return 0;
	err_set(e, "bad-cpus", r ? -r : ERANGE, "'%s' processors", text);
	err_cause(e, r == -EINVAL ? "not a decimal number" : "the number is out of range");
	return err_hint(e, "give a number of processors from 0.01, such as 1.5");
}

int value_cpu_list(const char *text, struct err *e)
{
	enum { HIGHEST = 1 << 16 };
	const char *item = text;
	uint64_t from, to;

	for (;;) {
		size_t len = strcspn(item, ",");
		const char *dash = memchr(item, '-', len);
		size_t first = dash ? (size_t)(dash - item) : len;

		if (value_digits(item, first, HIGHEST, &from) < 0)
			break;
		if (dash && (value_digits(dash + 1, len - first - 1, HIGHEST, &to) < 0 || to < from))
			break;
		if (!item[len])
			return 0;
		item += len + 1;
	}
	err_set(e, "bad-cpu-list", EINVAL, "list '%s'", text);
	err_cause(e, "'%.*s' is neither a number nor an ascending range", (int)strcspn(item, ","), item);
	return err_hint(e, "give numbers and ranges with commas between, such as 0-3,5");
}

int value_bool(const char *text, bool *on, struct err *e)
{
	*on = str_eq(text, "true") || str_eq(text, "1");
	if (*on || str_eq(text, "false") || str_eq(text, "0"))
		return 0;
	err_set(e, "bad-bool", EINVAL, "'%s'", text);
	err_cause(e, "neither true nor false");
	return -EINVAL;
}

int value_mode(const char *text, unsigned *mode, struct err *e)
{
	size_t len = strlen(text);
	unsigned sum = 0;

	for (size_t i = 0; i < len && sum <= 07777; i++)
		sum = text[i] >= '0' && text[i] <= '7' ? sum * 8 + (text[i] - '0') : 010000;
	if (len > 0 && sum <= 07777) {
		*mode = sum;
		return 0;
	}
	err_set(e, "bad-mode", EINVAL, "mode '%s'", text);
	err_cause(e, "not an octal number up to 7777");
	return err_hint(e, "give a mode such as 1777 or 0755");
}

int value_id(const char *text, size_t len, uint32_t *id, struct err *e)
{
	uint64_t n;
	int r = value_digits(text, len, UINT32_MAX - 1, &n);

	if (r == 0) {
		*id = (uint32_t)n;
		return 0;
	}
	err_set(e, "bad-id", -r, "id '%.*s'", (int)len, text);
	return err_cause(e, r == -ERANGE ? "ids end at 4294967294" : "not a number");
}
