/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "kernel/process/timens.h"

static time_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec;
}

/* In a child, so that the test stays where it is: 0 if both clocks are where they should be. */
static int enter(time_t monotonic, time_t boottime)
{
	struct timens_offset m = { .secs = 1000 }, b = { .secs = 5000, .nanosecs = 1 };

	if (timens_enter_new(&m, &b) < 0)
		return 1;
	if (labs(now(CLOCK_MONOTONIC) - monotonic - 1000) > 5)
		return 2;
	return labs(now(CLOCK_BOOTTIME) - boottime - 5000) > 5 ? 3 : 0;
}

static void offsets(void **state)
{
	time_t monotonic = now(CLOCK_MONOTONIC), boottime = now(CLOCK_BOOTTIME);
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(enter(monotonic, boottime));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(labs(now(CLOCK_MONOTONIC) - monotonic) < 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(offsets) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
