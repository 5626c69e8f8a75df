/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "kernel/process/rlimit.h"

static void names(void **state)
{
	for (int i = 0; i < RLIMIT_NAME_COUNT; i++)
		assert_int_equal(rlimit_from_name(rlimit_name(i)), i);
	assert_int_equal(rlimit_from_name("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_from_name("nproc"), RLIMIT_NPROC);
	assert_int_equal(rlimit_from_name("RLIMIT_"), -1);
	assert_int_equal(rlimit_from_name("no"), -1);
	assert_null(rlimit_name(RLIMIT_NAME_COUNT));
	assert_null(rlimit_name(-1));
}

static const char limits[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max cpu time              unlimited            unlimited            seconds   \n"
	"Max file size             0                    18446744073709551614 bytes     \n"
	"Max data size             7                    unlimited            \n";

static void rows_are_read_by_number(void **state)
{
	uint64_t soft, hard;

	assert_int_equal(rlimit_parse(limits, 0, &soft, &hard), 0);
	assert_true(soft == RLIM_INFINITY && hard == RLIM_INFINITY);
	assert_int_equal(rlimit_parse(limits, 1, &soft, &hard), 0);
	assert_true(soft == 0 && hard == UINT64_MAX - 1);
	assert_int_equal(rlimit_parse(limits, 2, &soft, &hard), 0);
	assert_true(soft == 7 && hard == RLIM_INFINITY);
	assert_true(rlimit_parse(limits, 3, &soft, &hard) < 0);
	assert_true(rlimit_parse(limits, -1, &soft, &hard) < 0);
	assert_true(rlimit_parse(limits, RLIMIT_NAME_COUNT, &soft, &hard) < 0);
}

/* A table that is cut anywhere is refused or read; nothing beyond its end is looked at (see the ASan
 * build). */
static void a_cut_table_is_no_harm(void **state)
{
	char text[sizeof(limits)];
	uint64_t soft, hard;

	for (size_t n = 0; n < sizeof(limits); n++) {
		memcpy(text, limits, n);
		text[n] = '\0';
		for (int i = 0; i < 4; i++)
			rlimit_parse(text, i, &soft, &hard);
		if (n < 120)
			assert_true(rlimit_parse(text, 0, &soft, &hard) < 0);
	}
	assert_true(rlimit_parse("x\nMax a\nb                   1 2 \n", 0, &soft, &hard) < 0);
	assert_true(rlimit_parse("x\nMax a                     one two \n", 0, &soft, &hard) < 0);
}

static void of_this_process(void **state)
{
	struct rlimit l = { .rlim_cur = 77, .rlim_max = 99 };
	uint64_t soft, hard;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	assert_int_equal(rlimit_of(getpid(), RLIMIT_NOFILE, &soft, &hard), 0);
	assert_true(soft == 77 && hard == 99);
	assert_true(rlimit_of(-1, RLIMIT_NOFILE, &soft, &hard) < 0);
	for (int i = 0; i < RLIMIT_NAME_COUNT; i++) {
		assert_int_equal(getrlimit(i, &l), 0);
		assert_int_equal(rlimit_of(getpid(), i, &soft, &hard), 0);
		assert_true(soft == l.rlim_cur && hard == l.rlim_max);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(rows_are_read_by_number),
		cmocka_unit_test(a_cut_table_is_no_harm),
		cmocka_unit_test(of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
