/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/value.h"

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "1024", 1024 },
		{ "7b", 7 },
		{ "512k", 512 * 1024 },
		{ "512K", 512 * 1024 },
		{ "50m", 50 << 20 },
		{ "50mb", 50 << 20 },
		{ "50MiB", 50 << 20 },
		{ "1g", 1 << 30 },
		{ "1.5g", 3ll << 29 },
		{ "0.5k", 512 },
		{ "2t", 2ll << 40 },
		{ "9223372036854775807", INT64_MAX },
	};
	struct err e;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		n = -1;
		if (value_size(good[i].text, &n, &e) != 0 || n != good[i].bytes)
			fail_msg("%s: %lld", good[i].text, (long long)n);
	}
}

static void test_size_refused(void **state)
{
	static const struct {
		const char *text, *line;
	} bad[] = {
		{ "50x",
		  "size '50x': the unit 'x' is not known; give a number with b, k, m, g or t behind it, "
		  "such as 50m" },
		{ "-1",
		  "size '-1': it is negative; give a number with b, k, m, g or t behind it, such as 50m" },
		{ "",
		  "size '': not a number of bytes; give a number with b, k, m, g or t behind it, such as 50m" },
		{ "8388608t",
		  "size '8388608t': more bytes than a 63-bit number holds; give a number with b, k, m, g or t "
		  "behind it, such as 50m" },
	};
	static const char *const junk[] = { "m",
					    ".m",
					    "1.",
					    "1.2.3",
					    " 1",
					    "1 ",
					    "50mm",
					    "5ib",
					    "0x10",
					    "1e3",
					    "+5",
					    "50m\n",
					    "1,5g",
					    "9223372036854775808",
					    "99999999999999999999" };
	struct err e;
	char line[512];
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(value_size(bad[i].text, &n, &e) < 0);
		assert_string_equal(err_line(&e, line, sizeof(line)), bad[i].line);
		assert_string_equal(e.code, "bad-size");
		assert_int_equal(e.status, 125);
	}
	for (size_t i = 0; i < ARRAY_LEN(junk); i++)
		if (value_size(junk[i], &n, &e) == 0)
			fail_msg("'%s' was taken for %lld", junk[i], (long long)n);
}

static void test_number(void **state)
{
	struct err e;
	char line[512];
	int64_t n;

	assert_int_equal(value_number("-1000", -1000, 1000, &n, &e), 0);
	assert_int_equal(n, -1000);
	assert_int_equal(value_number("007", 0, 9, &n, &e), 0);
	assert_int_equal(n, 7);
	assert_int_equal(value_number("11", 0, 10, &n, &e), -ERANGE);
	assert_string_equal(err_line(&e, line, sizeof(line)),
			    "'11': the number is out of range; give a number from 0 to 10");
	assert_int_equal(value_number("99999999999999999999", 0, 10, &n, &e), -ERANGE);
	assert_int_equal(value_number("ten", 0, 10, &n, &e), -EINVAL);
	assert_string_equal(err_line(&e, line, sizeof(line)),
			    "'ten': not a whole number; give a number from 0 to 10");
	assert_int_equal(value_number("", 0, 10, &n, &e), -EINVAL);
	assert_int_equal(value_number("-", -10, 10, &n, &e), -EINVAL);
	assert_int_equal(value_number("--1", -10, 10, &n, &e), -EINVAL);
	assert_int_equal(value_number("1.0", 0, 10, &n, &e), -EINVAL);
}

static void test_cpus(void **state)
{
	static const struct {
		const char *text;
		int64_t quota;
	} good[] = { { "1", 100000 }, { "1.5", 150000 }, { "0.01", 1000 }, { "0.25", 25000 },
		     { "0", 0 },      { "64", 6400000 }, { ".5", 50000 } };
	static const char *const bad[] = { "",  "-1",  "0.001", "1.x",           "one",
					   ".", "1e2", "1,5",   "99999999999999" };
	struct err e;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(value_cpus(good[i].text, 100000, &n, &e), 0);
		assert_int_equal(n, good[i].quota);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (value_cpus(bad[i], 100000, &n, &e) == 0)
			fail_msg("'%s' was taken for %lld", bad[i], (long long)n);
	assert_string_equal(e.code, "bad-cpus");
}

static void test_cpu_list(void **state)
{
	static const char *const good[] = { "0", "0-3", "0-3,5", "1,2,3", "5-5" };
	static const char *const bad[] = { "",  ",",    "0,",  "3-1",   "0-",   "-1",
					   "a", "0--1", "0 1", "0-3-5", "70000" };
	struct err e;
	char line[512];

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(value_cpu_list(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (value_cpu_list(bad[i], &e) == 0)
			fail_msg("'%s' was taken", bad[i]);
	value_cpu_list("0,3-1", &e);
	assert_string_equal(
		err_line(&e, line, sizeof(line)),
		"list '0,3-1': '3-1' is neither a number nor an ascending range; give numbers and ranges "
		"with commas between, such as 0-3,5");
}

static void test_bool_mode_id(void **state)
{
	struct err e;
	unsigned mode;
	uint32_t id;
	bool on;

	assert_int_equal(value_bool("true", &on, &e), 0);
	assert_true(on);
	assert_int_equal(value_bool("0", &on, &e), 0);
	assert_false(on);
	assert_int_equal(value_bool("yes", &on, &e), -EINVAL);
	assert_int_equal(value_mode("1777", &mode, &e), 0);
	assert_int_equal(mode, 01777);
	assert_int_equal(value_mode("8", &mode, &e), -EINVAL);
	assert_int_equal(value_mode("10000", &mode, &e), -EINVAL);
	assert_int_equal(value_mode("77777777777777777777", &mode, &e), -EINVAL);
	assert_int_equal(value_mode("", &mode, &e), -EINVAL);
	assert_int_equal(value_id("4294967294", 10, &id, &e), 0);
	assert_int_equal(id, 4294967294u);
	assert_int_equal(value_id("4294967295", 10, &id, &e), -ERANGE);
	assert_int_equal(value_id("-1", 2, &id, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),     cmocka_unit_test(test_size_refused),
		cmocka_unit_test(test_number),   cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_cpu_list), cmocka_unit_test(test_bool_mode_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
