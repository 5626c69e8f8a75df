/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "cmd/archive/layer_name.h"

static struct arena arena;
static struct err e;

static void test_names_are_below_the_root(void **state)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
		{ "a/b", "a/b" },         { "./a/b", "a/b" }, { "/a/b", "a/b" },
		{ "//a//./b/", "a/b" },   { "./", "" },       { "/", "" },
		{ "a/.../b", "a/.../b" }, { "..a", "..a" },   { ".wh.x", ".wh.x" },
	};
	static const char *const bad[] = { "", "..", "../a", "a/..", "a/../b", "/..", "./../a" };
	const char *path;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(layer_name_clean(&arena, cases[i].name, &path, &e), 0);
		assert_string_equal(path, cases[i].path);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(layer_name_clean(&arena, bad[i], &path, &e), -EINVAL);
		assert_string_equal(e.code, "archive-name");
	}
	assert_int_equal(layer_name_clean(&arena, NULL, &path, &e), -EINVAL);
}

/* layer.md, "Whiteouts" and "Opaque Whiteout". */
static void test_what_a_name_hides(void **state)
{
	static const struct {
		const char *name;
		enum layer_hides hides;
		const char *hidden;
	} cases[] = {
		{ "a", HIDES_NOTHING, NULL },
		{ "wh.a", HIDES_NOTHING, NULL },
		{ ".wha", HIDES_NOTHING, NULL },
		{ ".wh", HIDES_NOTHING, NULL },
		{ ".wh.a", HIDES_ONE, "a" },
		{ ".wh..a", HIDES_ONE, ".a" },
		{ ".wh....", HIDES_ONE, "..." },
		{ ".wh..wh", HIDES_ONE, ".wh" },
		{ ".wh..wh..opq", HIDES_ALL, NULL },
		{ ".wh..wh..opqx", HIDES_PASSED_OVER, NULL },
		{ ".wh..wh.plnk", HIDES_PASSED_OVER, NULL },
		{ ".wh..wh.orph", HIDES_PASSED_OVER, NULL },
		{ ".wh.", HIDES_BAD, NULL },
		{ ".wh..", HIDES_BAD, NULL },
		{ ".wh...", HIDES_BAD, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *hidden;

		assert_int_equal(layer_name_hides(cases[i].name, &hidden), cases[i].hides);
		if (cases[i].hidden)
			assert_string_equal(hidden, cases[i].hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_below_the_root),
		cmocka_unit_test(test_what_a_name_hides),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
