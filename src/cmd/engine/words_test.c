/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "cmd/engine/words.h"

#define SECOND 1000000000LL

static void test_duration(void **state)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} rows[] = {
		{ -5, "Less than a second" }, { 0, "Less than a second" },  { 1, "1 second" },
		{ 2, "2 seconds" },           { 59, "59 seconds" },         { 60, "About a minute" },
		{ 119, "About a minute" },    { 120, "2 minutes" },         { 3599, "59 minutes" },
		{ 3600, "About an hour" },    { 5399, "About an hour" },    { 5400, "2 hours" },
		{ 9000, "3 hours" },          { 47 * 3600, "47 hours" },    { 48 * 3600, "2 days" },
		{ 13 * 86400, "13 days" },    { 14 * 86400, "2 weeks" },    { 59 * 86400, "8 weeks" },
		{ 60 * 86400, "2 months" },   { 729 * 86400, "24 months" }, { 730 * 86400, "2 years" },
	};
	char buf[80];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(words_duration(rows[i].seconds * SECOND, buf, sizeof(buf)),
				    rows[i].words);
}

static void test_status(void **state)
{
	char buf[80];

	assert_string_equal(words_status("running", 0, 0, 0, false, 300 * SECOND, buf, sizeof(buf)),
			    "Up 5 minutes");
	assert_string_equal(
		words_status("exited", 0, 180 * SECOND, 137, false, 300 * SECOND, buf, sizeof(buf)),
		"Exited (137) 2 minutes ago");
	assert_string_equal(
		words_status("exited", 0, 180 * SECOND, 137, true, 300 * SECOND, buf, sizeof(buf)),
		"Exited (137) 2 minutes ago, out of memory");
	assert_string_equal(
		words_status("exited", 0, 298 * SECOND, -1, false, 300 * SECOND, buf, sizeof(buf)),
		"Exited (unknown) 2 seconds ago");
	assert_string_equal(words_status("exiting", 0, 0, 0, false, SECOND, buf, sizeof(buf)), "Exiting");
	assert_string_equal(words_status("creating", 0, 0, 0, false, SECOND, buf, sizeof(buf)), "Creating");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_duration), cmocka_unit_test(test_status) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
