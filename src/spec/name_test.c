/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "spec/name.h"

static char first_block[64 * 1024];

static void test_container(void **state)
{
	static const char *const good[] = { "a", "web", "Web-1.a_b", "0" };
	static const struct {
		const char *name, *cause;
	} bad[] = {
		{ "", "it is empty" },
		{ "a/b", "'/' is not allowed" },
		{ "..", "it begins with '.'" },
		{ "-x", "it begins with '-'" },
		{ "_x", "it begins with '_'" },
		{ "a b", "it has a blank or control character in it" },
		{ "a\x1b[1m", "it has a blank or control character in it" },
		{ "\xc3\xa9t\xc3\xa9", "'?' is not allowed" },
	};
	char name[256];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(name_container(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(name_container(bad[i].name, &e) < 0);
		assert_string_equal(e.cause, bad[i].cause);
		assert_string_equal(e.code, "bad-name");
		assert_string_equal(e.hint, "use letters, digits, and _ . - behind the first");
	}
	memset(name, 'a', sizeof(name));
	name[253] = '\0';
	assert_int_equal(name_container(name, &e), 0);
	name[253] = 'a';
	name[254] = '\0';
	assert_true(name_container(name, &e) < 0);
	assert_string_equal(e.cause, "it has 254 characters, 253 are allowed");
}

static void test_hostname(void **state)
{
	static const char *const good[] = { "a", "web-1", "db.example.org", "my_host", "1" };
	static const char *const bad[] = { "",   ".",    "a.",  ".a",  "a..b",    "-a",
					   "a-", "a.-b", "a b", "a/b", "\xc3\xa9" };
	char name[66];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(name_hostname(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (name_hostname(bad[i], &e) == 0)
			fail_msg("'%s' was taken", bad[i]);
	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	assert_int_equal(name_hostname(name, &e), 0);
	name[63] = 'a', name[64] = '\0';
	assert_true(name_hostname(name, &e) < 0);
	name[40] = '.';
	assert_int_equal(name_hostname(name, &e), 0);
	name[64] = 'a', name[65] = '\0';
	assert_true(name_hostname(name, &e) < 0);
	assert_string_equal(e.cause, "it has 65 characters, the kernel takes 64");
}

/* Longer than what a host can call itself. */
static void test_host(void **state)
{
	char name[256];
	struct err e;

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[253] = '\0';
	assert_int_equal(name_host(name, &e), 0);
	assert_true(name_hostname(name, &e) < 0);
	name[253] = 'a', name[254] = '\0';
	assert_true(name_host(name, &e) < 0);
	assert_string_equal(e.cause, "it is longer than any name can be");
	assert_true(name_host("a\nb", &e) < 0);
	assert_true(name_host("", &e) < 0);
	assert_string_equal(e.cause, "not a host name");
}

static void test_label(void **state)
{
	struct err e;

	assert_int_equal(name_label("a=b", &e), 0);
	assert_int_equal(name_label("org.x/y=any text\nat all", &e), 0);
	assert_int_equal(name_label("a", &e), 0);
	assert_true(name_label("=b", &e) < 0);
	assert_true(name_label("a b=c", &e) < 0);
	assert_true(name_label("", &e) < 0);
}

static void test_path(void **state)
{
	static const struct {
		const char *path, *normal;
	} t[] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/a/b", "/a/b" },
		{ "/a//b/", "/a/b" },
		{ "/./a/./b/.", "/a/b" },
		{ "/a..b", "/a..b" },
		{ "/...", "/..." },
		{ "", NULL },
		{ "a", NULL },
		{ "./a", NULL },
		{ "/..", NULL },
		{ "/a/../b", NULL },
		{ "/a/..", NULL },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		const char *s = name_path(&a, t[i].path);

		if (s ? !str_eq(s, t[i].normal) : t[i].normal != NULL)
			fail_msg("'%s' became %s", t[i].path, s ? s : "NULL");
	}
	arena_free(&a);
}

static void test_cgroup(void **state)
{
	static const char *const bad[] = { "", "/", "..", "a/../b", "a/.", "a b", "a/\n", "a*" };
	struct arena a = ARENA_INIT(first_block);
	const char *path;
	struct err e;

	assert_int_equal(name_cgroup(&a, "/a//b.slice/", &path, &e), 0);
	assert_string_equal(path, "a/b.slice");
	assert_int_equal(name_cgroup(&a, "user@1000.service", &path, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (name_cgroup(&a, bad[i], &path, &e) == 0)
			fail_msg("'%s' was taken", bad[i]);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container), cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_host),      cmocka_unit_test(test_label),
		cmocka_unit_test(test_path),      cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
