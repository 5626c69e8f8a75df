/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/expose.h"

static struct arena arena;

static const char *joined(const struct strv *list)
{
	struct str s = { .arena = &arena };

	for (size_t i = 0; i < list->n; i++)
		str_addf(&s, "%s%s", i ? " " : "", list->v[i]);
	return str_get(&s);
}

static void test_good(void **state)
{
	static const struct {
		const char *text, *list;
	} good[] = {
		{ "80", "80/tcp" },
		{ "53/udp", "80/tcp 53/udp" },
		{ "80/tcp", "80/tcp 53/udp" },
		{ "79-81/tcp", "80/tcp 53/udp 79/tcp 81/tcp" },
		{ "65535/sctp", "80/tcp 53/udp 79/tcp 81/tcp 65535/sctp" },
	};
	struct strv list = { 0 }, once;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(expose_parse(&arena, good[i].text, &list, &e), 0);
		once = expose_once(&arena, &list);
		assert_string_equal(joined(&once), good[i].list);
	}
}

/* However often they are said. (Compared each with each, that would be hours.) */
static void test_all(void **state)
{
	struct strv list = { 0 }, once;
	struct err e;

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(expose_parse(&arena, "1-65535", &list, &e), 0);
	once = expose_once(&arena, &list);
	assert_int_equal(once.n, 65535);
	assert_string_equal(once.v[65534], "65535/tcp");
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "",           "0",     "65536", "99999999999", "80/",
					   "80/icmp",    "80:80", "81-80", "80-",         "-80",
					   "80/tcp/udp", "http",  " 80",   "80-/tcp" };
	struct strv list = { 0 };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(expose_parse(&arena, bad[i], &list, &e), -EINVAL);
		assert_string_equal(e.code, "bad-port");
	}
	assert_int_equal(list.n, 0);
}

static int done(void **state)
{
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("expose", tests, NULL, done);
}
