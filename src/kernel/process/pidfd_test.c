/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/pidfd.h"

/* What pidfd_exit_code() says of a child that ends so, after it was reaped. */
static int code_of(int sig, int status)
{
	pid_t pid = fork();
	int fd, code = -1, r;

	if (pid == 0) {
		if (sig)
			raise(sig);
		_exit(status);
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(fd >= 0);
	waitpid(pid, NULL, 0);
	r = pidfd_exit_code(fd, &code);
	close(fd);
	return r < 0 ? r : code;
}

static void test_exit_code(void **state)
{
	int code = code_of(0, 7);

	if (code == -ENOTTY || code == -EINVAL || code == -ENODATA) {
		print_message("skipped: PIDFD_INFO_EXIT needs Linux 6.15\n");
		skip();
	}
	assert_int_equal(code, 7);
	assert_int_equal(code_of(SIGKILL, 0), 137);
}

static void test_running(void **state)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0), code = -1;

	assert_true(pidfd_exit_code(fd, &code) < 0);
	assert_int_equal(code, -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_exit_code),
					    cmocka_unit_test(test_running) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
