/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "spec/env.h"

static char first_block[64 * 1024];
static char *const own[] = { "HOME=/root", "PATHX=no", "EMPTY=", NULL };

static void assert_list(const struct strv *list, const char *joined)
{
	char buf[1024] = "";

	for (size_t i = 0; i < list->n; i++) {
		strcat(buf, i ? "|" : "");
		strcat(buf, list->v[i]);
	}
	assert_string_equal(buf, joined);
	if (list->v)
		assert_null(list->v[list->n]);
}

static void test_add(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct strv env = { 0 };
	struct err e;

	assert_int_equal(env_add(&a, &env, "A=1", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "B=x=y", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "A=2", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "AB=3", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "HOME", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "EMPTY", own, &e), 0);
	assert_int_equal(env_add(&a, &env, "PATH", own, &e), 0);
	assert_list(&env, "A=2|B=x=y|AB=3|HOME=/root|EMPTY=");
	assert_int_equal(env_add(&a, &env, "B", own, &e), 0);
	env_default(&a, &env, "A", "9");
	env_default(&a, &env, "C", "9");
	assert_list(&env, "A=2|AB=3|HOME=/root|EMPTY=|C=9");
	assert_string_equal(env_get(&env, "AB", 2), "3");
	assert_null(env_get(&env, "D", 1));
	assert_true(env_add(&a, &env, "=x", own, &e) < 0);
	assert_string_equal(e.cause, "it has no name");
	assert_true(env_add(&a, &env, "", own, &e) < 0);
	arena_free(&a);
}

static void test_file(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# a comment\n\n  A=1\nB='not unquoted' # kept\r\nHOME\nNONE\nA=2";
	struct arena a = ARENA_INIT(first_block);
	struct strv env = { 0 };
	struct err e;

	assert_int_equal(env_file(&a, &env, "f", text, sizeof(text) - 1, own, &e), 0);
	assert_list(&env, "A=2|B='not unquoted' # kept|HOME=/root");
	arena_free(&a);
}

static void test_file_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *what, *cause;
	} t[] = {
		{ "A=1\n=2\n", 7, "f, line 2", "the variable has no name" },
		{ "A B=1\n", 6, "f, line 1", "the variable's name has a blank in it" },
		{ "\n\nA=\0b\n", 7, "f, line 3", "it has a NUL byte in it" },
	};
	struct arena a = ARENA_INIT(first_block);
	struct strv env = { 0 };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_true(env_file(&a, &env, "f", t[i].text, t[i].len, own, &e) < 0);
		assert_string_equal(e.what, t[i].what);
		assert_string_equal(e.cause, t[i].cause);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
