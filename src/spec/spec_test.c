/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "spec/spec.h"

static char first_block[64 * 1024];

static void test_strv(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct strv list = { 0 };

	for (int i = 0; i < 100; i++) {
		strv_push(&a, &list, arena_printf(&a, "%d", i));
		assert_int_equal(list.n, i + 1);
		assert_null(list.v[list.n]);
	}
	for (int i = 0; i < 100; i++)
		assert_string_equal(list.v[i], arena_printf(&a, "%d", i));
	arena_free(&a);
}

/* Every name is one of the kernel's, and no two share a flag. */
static void test_namespaces(void **state)
{
	uint64_t seen = 0;

	for (int i = 0; i < NS_COUNT; i++) {
		char path[64];

		assert_non_null(ns_name[i]);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_name[i]);
		assert_int_equal(access(path, F_OK), 0);
		assert_true(ns_flag[i] != 0 && !(seen & ns_flag[i]));
		seen |= ns_flag[i];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_strv), cmocka_unit_test(test_namespaces) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
