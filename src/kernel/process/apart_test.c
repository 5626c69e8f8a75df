/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/str.h"
#include "kernel/process/apart.h"

static int write_there(void *arg, struct err *e)
{
	return chdir("/proc") == 0 && write(*(int *)arg, "x", 1) == 1 ? 0 :
									err_set(e, "write", errno, "write");
}

static int fail_there(void *arg, struct err *e)
{
	return err_set(e, "so", ENOTSUP, "do %s", (const char *)arg), err_hint(e, "leave it");
}

static int die_there(void *arg, struct err *e)
{
	return kill(getpid(), SIGKILL);
}

static void stays(void **state)
{
	char before[4096], after[4096], byte;
	struct err e = { 0 };
	int ends[2];

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(apart_call(write_there, &ends[1], &e), 0);
	assert_int_equal(e.no, 0);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);
	close(ends[0]);
	close(ends[1]);
}

static void fails(void **state)
{
	struct err e = { 0 };

	assert_int_equal(apart_call(fail_there, "it", &e), -ENOTSUP);
	assert_string_equal(e.code, "so");
	assert_string_equal(e.what, "do it");
	assert_string_equal(e.hint, "leave it");
}

static void dies(void **state)
{
	struct err e = { 0 };

	assert_int_equal(apart_call(die_there, NULL, &e), -EPROTO);
	assert_string_equal(e.code, "process");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(stays), cmocka_unit_test(fails),
					    cmocka_unit_test(dies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
