/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/str.h"

static struct arena arena;

/* On the heap, where a sanitizer sees what reads too far. */
static struct scan scan_of(const char *text)
{
	struct scan s;

	scan_start(&s, strdup(text), strlen(text));
	return s;
}

static void assert_text(const char *json, const char *want)
{
	struct scan s = scan_of(json);
	char *text = scan_text(&s);

	if (want)
		assert_string_equal(text, want);
	else
		assert_null(text);
	assert_int_equal(scan_at_end(&s), want != NULL);
	free(s.start);
}

static void texts(void **state)
{
	assert_text("\"\"", "");
	assert_text(" \"a b\" ", "a b");
	assert_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
	assert_text("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\u00e9\u20ac\U0001f600");
	assert_text("\"\u00e9\"", "\u00e9");
	assert_text("\"\\ud83d\"", "\ufffd"); /* half a pair */
	assert_text("\"\\u0000\"", "\ufffd");
	assert_text("\"", NULL);
	assert_text("\"\\", NULL);
	assert_text("\"\\u", NULL);
	assert_text("\"\\u12\"", NULL);
	assert_text("\"\\x\"", NULL);
	assert_text("\"a\nb\"", NULL);
}

static void bytes_come_back(void **state)
{
	static const char bytes[] = "\x01\x1f \x80\xff\xc3\xa9\xee\xbe\x80 \\\"\x7f";
	struct str out = { .arena = &arena };

	json_add_bytes(&out, bytes);
	assert_text(out.p, bytes);
}

static void assert_number(const char *json, bool ok, bool want_negative, uint64_t want)
{
	struct scan s = scan_of(json);
	uint64_t value;
	bool negative;

	assert_int_equal(scan_number(&s, &negative, &value), ok);
	if (ok) {
		assert_int_equal(negative, want_negative);
		assert_int_equal(value, want);
	}
	assert_true(scan_at_end(&s));
	free(s.start);
}

static void numbers(void **state)
{
	assert_number("0", true, false, 0);
	assert_number("-12", true, true, 12);
	assert_number("18446744073709551615", true, false, UINT64_MAX);
	assert_number("18446744073709551616", false, false, 0);
	assert_number("1.5", false, false, 0);
	assert_number("1e3", false, false, 0);
}

static bool is_json(const char *text)
{
	struct scan s = scan_of(text);
	bool ok;

	scan_skip(&s);
	ok = scan_at_end(&s);
	free(s.start);
	return ok;
}

static void what_is_no_json_is_found(void **state)
{
	static const char *const good[] = {
		"{}", "[]", "[1, 2]", "{\"a\": [true, false, null], \"b\": {}}", "\"x\"", "[[]]", "-1.5e3"
	};
	static const char *const bad[] = {
		"",    "{",   "[1 2]", "[1,]", "{\"a\"}", "{\"a\":}", "{a: 1}",
		"tru", "nul", "[1}",   "{,}",  "-",       "]",        "{\"a\": 1,}"
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!is_json(good[i]))
			fail_msg("%s is JSON", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (is_json(bad[i]))
			fail_msg("%s is no JSON", bad[i]);
}

static void depth_is_bounded(void **state)
{
	char text[4096];

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(is_json(text));
	memset(text + SCAN_DEPTH_MAX, ']', SCAN_DEPTH_MAX);
	text[2 * SCAN_DEPTH_MAX] = '\0';
	assert_true(is_json(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(numbers),
		cmocka_unit_test(what_is_no_json_is_found),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
