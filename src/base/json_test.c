/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json_object.h>

static int ascii(const char *text, char **out)
{
	size_t len = strlen(text);
	int r = json_ascii(text, &len, out);

	if (r == 0 && *out)
		assert_int_equal(strlen(*out), len);
	return r < 0 ? -(int)len : r;
}

static void beyond_ascii_is_escaped(void **state)
{
	char *out;

	assert_int_equal(ascii("{\"a\": \"b\\n\"}", &out), 0);
	assert_null(out);
	assert_int_equal(ascii("\"\u00e9\u20ac\U0001f600\\\\\u00e9\"", &out), 0);
	assert_string_equal(out, "\"\\u00e9\\u20ac\\ud83d\\ude00\\\\\\u00e9\"");
	free(out);
}

/* The error tells the offset of the bad byte. */
static void what_is_no_utf8_is_refused(void **state)
{
	static const char *const bad[] = {
		"ab\xff",     "ab\xc3",   "ab\xe2\x82", "ab\xed\xa0\x80", "ab\xf5\x80\x80\x80",
		"ab\xc0\x80", "a\\\u00e9"
	};
	char *out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ascii(bad[i], &out), -2);
		assert_null(out);
	}
}

static void it_is_read(void **state)
{
	static const char text[] = "{\"\u00e9\": \"\U0001f600 \u20ac\"}";
	json_object *value, *o;
	struct err e = { 0 };

	o = json_from_text(text, strlen(text), &e);
	assert_true(json_object_object_get_ex(o, "\u00e9", &value));
	assert_string_equal(json_object_get_string(value), "\U0001f600 \u20ac");
	json_object_put(o);
	assert_null(json_from_text("[\"\xff\"]", 5, &e));
	assert_int_equal(e.no, EILSEQ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_ascii_is_escaped),
		cmocka_unit_test(what_is_no_utf8_is_refused),
		cmocka_unit_test(it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
