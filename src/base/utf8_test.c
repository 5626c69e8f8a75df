/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/utf8.h"

static struct arena arena;

static void seen_as(const char *text, const char *seen)
{
	struct str s = { .arena = &arena };

	str_add_visible(&s, text);
	assert_string_equal(str_get(&s), seen);
}

static void test_visible(void **state)
{
	seen_as("veth1-br", "veth1-br");
	seen_as("Küche/naïve", "Küche/naïve");
	seen_as("a\033[31mred", "a\\x1b[31mred");
	seen_as("two\nlines\t", "two\\x0alines\\x09");
	seen_as("\xff\xc3", "\\xff\\xc3");
	seen_as("\xc2\x9b"
		"1m",
		"\\xc2\\x9b"
		"1m"); /* CSI of C1 */
	seen_as("a\xe2\x80\xae"
		"b",
		"a\\xe2\\x80\\xae"
		"b"); /* right to left */
	seen_as("a\xe2\x80\x8b"
		"b",
		"a\\xe2\\x80\\x8b"
		"b");                                          /* no width */
	seen_as("a\xf3\xa0\x81\xa1", "a\\xf3\\xa0\\x81\\xa1"); /* tags */
	seen_as(NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
