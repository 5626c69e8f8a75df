/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static struct arena arena;

static void word_is(const char *text, const char *word)
{
	struct str s = { .arena = &arena };

	assert_string_equal(str_shell(&s, text), word);
	str_add_shell(&s, text);
	assert_string_equal(str_get(&s), word);
}

static void test_shell(void **state)
{
	word_is("/run/guise-1.2", "/run/guise-1.2");
	word_is("", "''");
	word_is("a b", "'a b'");
	word_is("$(id)", "'$(id)'");
	word_is("it's", "'it'\\''s'");
	word_is("~", "'~'");
	word_is("a\n\nB:1\n", "'a\n\nB:1\n'");
	word_is("a\nINIT\nb", "'a\n''INIT\nb'");
}

static void test_shell_comment(void **state)
{
	struct str s = { .arena = &arena };

	assert_string_equal(str_shell_comment(&s, "/a b"), "/a b");
	assert_string_equal(str_shell_comment(&s, "/a\nid\r"), "/a?id?");
}

static bool has(const char *list, const char *word)
{
	return str_has_word(list, " ,", word, strlen(word));
}

static void test_words(void **state)
{
	assert_true(has("cpu", "cpu"));
	assert_true(has("cpuacct,cpu io", "cpu"));
	assert_true(has("cpuacct,cpu io", "io"));
	assert_false(has("cpuacct io", "cpu"));
	assert_false(has("xcpu", "cpu"));
	assert_false(has("", "cpu"));
	assert_false(has(" , ", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_shell_comment),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
