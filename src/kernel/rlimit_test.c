/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "kernel/rlimit.h"

static void names(void **state)
{
	for (int i = 0; i < RLIMIT_NAME_COUNT; i++)
		assert_int_equal(rlimit_from_name(rlimit_name(i)), i);
	assert_int_equal(rlimit_from_name("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_from_name("nproc"), RLIMIT_NPROC);
	assert_int_equal(rlimit_from_name("RLIMIT_"), -1);
	assert_int_equal(rlimit_from_name("no"), -1);
	assert_null(rlimit_name(RLIMIT_NAME_COUNT));
	assert_null(rlimit_name(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
