/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "spec/when.h"

#define NOW (1764300000LL * 1000000000)

static int64_t at(const char *text)
{
	struct err e = { 0 };
	int64_t ns = -1;

	assert_int_equal(when_parse(text, NOW, &ns, &e), 0);
	return ns;
}

static void test_durations_are_before_now(void **state)
{
	assert_int_equal(NOW - at("10m"), 600LL * 1000000000);
	assert_int_equal(NOW - at("1h30m"), 5400LL * 1000000000);
	assert_int_equal(NOW - at("1.5s"), 1500000000);
	assert_int_equal(NOW - at("3ms"), 3000000);
	assert_int_equal(NOW - at("0s"), 0);
}

static void test_seconds_since_1970(void **state)
{
	assert_int_equal(at("1764300000"), NOW);
	assert_int_equal(at("1764300000.000000001"), NOW + 1);
	assert_int_equal(at("0"), 0);
}

static void test_dates(void **state)
{
	setenv("TZ", "UTC-1", 1);
	tzset();
	assert_int_equal(at("2025-11-28T03:20:00Z"), NOW);
	assert_int_equal(at("2025-11-28T03:20:00.5Z"), NOW + 500000000);
	assert_int_equal(at("2025-11-28T05:20:00+02:00"), NOW);
	assert_int_equal(at("2025-11-28T01:50:00-01:30"), NOW);
	assert_int_equal(at("2025-11-28T04:20:00"), NOW); /* the zone is our own */
	assert_int_equal(at("2025-11-28T04:20"), NOW);
	assert_int_equal(at("2025-11-28"), NOW - (4 * 3600 + 20 * 60) * 1000000000LL);
}

static void test_others_are_refused(void **state)
{
	static const char *const bad[] = { "",
					   "x",
					   "10x",
					   "m",
					   "10m5",
					   "1h 5m",
					   "-5m",
					   "2025-11-28T",
					   "2025-13-01",
					   "2025-11-28T03:20:00+2",
					   "99999999999999999999",
					   "1.5.5s",
					   "2025-11-28Zx" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = { 0 };
		int64_t ns;

		assert_int_not_equal(when_parse(bad[i], NOW, &ns, &e), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations_are_before_now),
		cmocka_unit_test(test_seconds_since_1970),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
