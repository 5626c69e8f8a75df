/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/process/cpulist.h"

static void lists(void **state)
{
	unsigned long mask[CPULIST_WORDS];

	assert_int_equal(cpulist_parse("0-3,7", mask), 0);
	assert_int_equal(mask[0], 0x8f);
	assert_int_equal(mask[1], 0);
	assert_int_equal(cpulist_parse("5", mask), 0);
	assert_int_equal(mask[0], 0x20);
	assert_int_equal(cpulist_parse("63-64,8191", mask), 0);
	assert_int_equal(mask[0], 1UL << 63);
	assert_int_equal(mask[1], 1);
	assert_int_equal(mask[CPULIST_WORDS - 1], 1UL << 63);
}

static void no_lists(void **state)
{
	static const char *const bad[] = { "",      ",", "1,",  "3-1",  "-1",
					   "1-",    "a", "1 2", "8192", "99999999999999999999",
					   "0-8192" };
	unsigned long mask[CPULIST_WORDS];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (cpulist_parse(bad[i], mask) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists), cmocka_unit_test(no_lists) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
