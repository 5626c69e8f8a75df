/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "image/registry/http.h"

static struct arena arena;

static void test_loopback_is_no_name_that_looks_like_it(void **state)
{
	static const char *const yes[] = { "localhost",      "localhost:5000", "127.0.0.1",
					   "127.1.2.3:5000", "[::1]",          "[::1]:5000" };
	static const char *const no[] = { "localhost.example", "127.example",    "127.0.0.1.example",
					  "1270.0.0.1",        "[::1].example",  "[::2]:5000",
					  "10.0.0.1",          "xlocalhost:5000" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(http_is_loopback(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(http_is_loopback(no[i]));
	assert_true(http_url_is_loopback("http://[::1]:5000/v2/"));
	assert_false(http_url_is_loopback("http://localhost@evil.example/"));
	assert_false(http_url_is_loopback("nothing at all"));
}

static void test_an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "https://a.b/x", "https://a.b:443/y?z", true },
		{ "https://A.b/x", "https://a.B/y", true },
		{ "https://a.b", "http://a.b", false },
		{ "https://a.b", "https://a.b:444", false },
		{ "https://a.b", "https://a.b.c", false },
		{ "https://a.b", "https://a.b@c.d/", false },
		{ "https://a.b", "", false },
		{ "", "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(http_same_origin(cases[i].a, cases[i].b), cases[i].same);
		assert_int_equal(http_same_origin(cases[i].b, cases[i].a), cases[i].same);
	}
}

static void test_where_one_may_be_led(void **state)
{
	static const struct {
		const char *from, *to;
		bool may, lax;
	} cases[] = {
		{ "https://a.b/", "https://c.d/", true, true },
		{ "http://localhost/", "https://c.d/", true, true },
		{ "https://a.b/", "http://a.b/", false, true },
		{ "https://localhost/", "http://localhost/", false, true },
		{ "http://localhost:5000/", "http://127.0.0.1:1/", true, true },
		{ "http://localhost/", "http://a.b/", false, true },
		{ "https://a.b/", "file:///etc/shadow", false, false },
		{ "https://a.b/", "ftp://a.b/", false, false },
		{ "http://localhost/", "gopher://localhost/", false, false },
		{ "https://a.b/", "", false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(http_may_follow(cases[i].from, cases[i].to, false), cases[i].may);
		assert_int_equal(http_may_follow(cases[i].from, cases[i].to, true), cases[i].lax);
	}
}

/* A Location may be relative (RFC 9110, 10.2.2; the distribution specification, "Pushing Blobs"). */
static void test_a_reference_is_seen_from_where_it_was_told(void **state)
{
	static const struct {
		const char *base, *reference, *whole;
	} cases[] = {
		{ "https://a.b/v2/x/blobs/uploads/", "/v2/x/blobs/uploads/1?s=2",
		  "https://a.b/v2/x/blobs/uploads/1?s=2" },
		{ "https://a.b/v2/x/", "y", "https://a.b/v2/x/y" },
		{ "https://a.b/v2/x?q=1", "?q=2", "https://a.b/v2/x?q=2" },
		{ "https://a.b:1/v2", "//c.d/e", "https://c.d/e" },
		{ "https://a.b/v2/x/y", "../z", "https://a.b/v2/z" },
		{ "https://a.b/", "http://c.d/", "http://c.d/" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(http_resolve(&arena, cases[i].base, cases[i].reference), cases[i].whole);
	assert_null(http_resolve(&arena, "https://a.b/", "http://[/"));
}

static void test_a_parameter_is_escaped(void **state)
{
	const char *url = http_with(&arena, "https://a.b/token", "service", "a b&c=d");

	assert_string_equal(url, "https://a.b/token?service=a%20b%26c%3Dd");
	assert_string_equal(http_with(&arena, url, "scope", "repository:x/y:pull,push"),
			    "https://a.b/token?service=a%20b%26c%3Dd&scope=repository%3Ax%2Fy%3Apull%2Cpush");
	assert_string_equal(http_with(&arena, "https://a.b/?x", "y", ""), "https://a.b/?x&y=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback_is_no_name_that_looks_like_it),
		cmocka_unit_test(test_an_origin_is_scheme_host_and_port),
		cmocka_unit_test(test_where_one_may_be_led),
		cmocka_unit_test(test_a_reference_is_seen_from_where_it_was_told),
		cmocka_unit_test(test_a_parameter_is_escaped),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
