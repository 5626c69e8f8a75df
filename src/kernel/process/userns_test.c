/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "kernel/process/userns.h"

static const char padded[] = "         0     100000      65536\n     65536       1000          1\n";

static void maps_are_compared_row_by_row(void **state)
{
	assert_true(userns_same_map("0 100000 65536\n65536 1000 1", padded));
	assert_true(userns_same_map("65536 1000 1 0 100000 65536", padded)); /* as newuidmap(1) takes it */
	assert_false(userns_same_map("0 100000 65536", padded));
	assert_false(userns_same_map(padded, "0 100000 65536"));
	assert_false(userns_same_map("0 100000 65535\n65536 1000 1", padded));
	assert_false(userns_same_map("0 100001 65536\n65536 1000 1", padded));
	assert_false(userns_same_map("1 100000 65536\n65536 1000 1", padded));
	assert_true(userns_same_map("", ""));
	assert_false(userns_same_map("", padded));
	assert_true(userns_has_map(padded, "65536 1000 1"));
	assert_false(userns_has_map("65536 1000 1", padded));
}

static void ids_are_translated(void **state)
{
	assert_int_equal(userns_outside(padded, 0), 100000);
	assert_int_equal(userns_outside(padded, 65535), 165535);
	assert_int_equal(userns_outside(padded, 65536), 1000);
	assert_int_equal(userns_outside(padded, 65537), -1);
	assert_int_equal(userns_outside("0 0 4294967295\n", 4294967294U), 4294967294);
	assert_int_equal(userns_outside("5 4294967295 10", 6), INT64_C(4294967296));
	assert_int_equal(userns_outside("", 0), -1);
	assert_int_equal(userns_outside("0 1", 0), -1);
	assert_int_equal(userns_outside("nonsense", 0), -1);
}

static void of_this_process(void **state)
{
	struct arena a = { 0 };

	assert_int_not_equal(userns_outside(userns_read_map(&a, getpid(), "uid_map"), getuid()), -1);
	assert_null(userns_read_map(&a, -1, "uid_map"));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_compared_row_by_row),
		cmocka_unit_test(ids_are_translated),
		cmocka_unit_test(of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
