/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "base/str.h"
#include "spec/ulimit.h"

static char first_block[64 * 1024];

static void test_good(void **state)
{
	static const struct {
		const char *text;
		int resource;
		uint64_t soft, hard;
	} t[] = {
		{ "nofile=1024", RLIMIT_NOFILE, 1024, 1024 },
		{ "nofile=1024:4096", RLIMIT_NOFILE, 1024, 4096 },
		{ "core=-1", RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY },
		{ "stack=8388608:unlimited", RLIMIT_STACK, 8388608, RLIM_INFINITY },
		{ "core=0", RLIMIT_CORE, 0, 0 },
	};
	struct arena a = ARENA_INIT(first_block);
	struct spec_rlimit limit;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(ulimit_parse(&a, t[i].text, &limit, &e), 0);
		assert_int_equal(limit.resource, t[i].resource);
		assert_true(limit.soft == t[i].soft && limit.hard == t[i].hard);
	}
	arena_free(&a);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *cause;
	} t[] = {
		{ "nofiles=1", "no resource has that name" },
		{ "=1", "no resource has that name" },
		{ "nofile", "it has no value" },
		{ "nofile=", "a limit is neither a number nor -1" },
		{ "nofile=1:", "a limit is neither a number nor -1" },
		{ "nofile=1:2:3", "a limit is neither a number nor -1" },
		{ "nofile=-2", "a limit is neither a number nor -1" },
		{ "nofile=99999999999999999999", "a limit is neither a number nor -1" },
		{ "nofile=5:4", "the soft limit is above the hard limit" },
		{ "nofile=-1:4", "the soft limit is above the hard limit" },
	};
	struct arena a = ARENA_INIT(first_block);
	struct spec_rlimit limit;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_true(ulimit_parse(&a, t[i].text, &limit, &e) < 0);
		assert_string_equal(e.cause, t[i].cause);
		assert_string_equal(e.hint, "write NAME=SOFT[:HARD], such as nofile=1024:4096");
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
