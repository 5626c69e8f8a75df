/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "image/registry/retry.h"

enum { NOW = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110, 5.6.7 */

static void test_what_is_said(void **state)
{
	static const struct {
		const char *after;
		unsigned tries;
		uint64_t wait;
	} cases[] = {
		{ NULL, 1, 500 },
		{ NULL, 2, 1000 },
		{ NULL, 4, 4000 },
		{ "0", 3, 0 },
		{ "7", 3, 7000 },
		{ "7 ", 1, 7000 },
		{ "007", 1, 7000 },
		{ "60", 1, 60000 },
		{ "61", 1, 60000 },
		{ "99999999999999999999999", 1, 60000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 1, 0 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT", 1, 10000 },
		{ "Sunday, 06-Nov-94 08:49:47 GMT", 1, 10000 },
		{ "Sun Nov  6 08:49:47 1994", 1, 10000 },
		{ "Sun, 06 Nov 1994 09:49:37 GMT", 1, 60000 },
		{ "Sun, 06 Nov 1994 08:49:36 GMT", 1, 0 },
		/* neither: as if it were not there, and not at once */
		{ "", 1, 500 },
		{ "soon", 2, 1000 },
		{ "-1", 2, 1000 },
		{ "1.5", 3, 2000 },
		{ "7 seconds", 1, 500 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (retry_wait(cases[i].after, cases[i].tries, NOW) != cases[i].wait)
			fail_msg("'%s': %llu ms", cases[i].after ?: "",
				 (unsigned long long)retry_wait(cases[i].after, cases[i].tries, NOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_is_said) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
