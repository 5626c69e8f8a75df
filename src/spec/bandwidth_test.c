/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/bandwidth.h"

static struct err e;

static void test_good(void **state)
{
	static const struct {
		const char *text;
		uint64_t in, out;
	} cases[] = {
		{ "in=10M,out=5M", 10000000, 5000000 },
		{ "out=8000", 0, 8000 },
		{ "in=2.5g", 2500000000, 0 },
		{ "out=64k,in=1T", 1000000000000, 64000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spec_bandwidth b;

		assert_int_equal(bandwidth_parse(cases[i].text, &b, &e), 0);
		assert_true(b.in == cases[i].in && b.out == cases[i].out);
		assert_true(b.in_burst == 0 && b.out_burst == 0);
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "",
					   "10M",
					   "in=",
					   "in=fast",
					   "in=10MB",
					   "in=-5M",
					   "in=7999",
					   "in=2T",
					   "in=1M,in=2M",
					   "up=1M",
					   "in=0x8000",
					   "in=1M,out",
					   "in=nan",
					   "in=inf",
					   ",in=1M",
					   "in=0000000000000000000000000000000000000001M" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct spec_bandwidth b;

		assert_int_equal(bandwidth_parse(bad[i], &b, &e), -EINVAL);
		assert_string_equal(e.code, "bad-bandwidth");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests_name("spec/bandwidth", tests, NULL, NULL);
}
