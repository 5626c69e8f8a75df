/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/proc.h"

static pid_t wait_for_kill(void)
{
	pid_t pid = fork();

	while (pid == 0)
		pause();
	return pid;
}

/* The first process of a pid namespace ends only after all others in there have been reaped. So a child of
 * ours in there holds it up for as long as we like. */
static void test_dying(void **state)
{
	int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	pid_t first, other;

	assert_int_equal(unshare(CLONE_NEWPID), 0);
	first = wait_for_kill();
	other = wait_for_kill();
	assert_true(first > 0 && other > 0);
	assert_int_equal(setns(own, CLONE_NEWPID), 0);
	assert_false(proc_is_dying(first));
	kill(first, SIGKILL);
	assert_true(proc_is_dying(first));
	waitid(P_PID, (id_t)other, &(siginfo_t){ 0 },
	       WEXITED | WNOWAIT); /* its killer is well into its end */
	assert_true(proc_is_dying(first));
	assert_false(proc_is_zombie(first));
	waitpid(other, NULL, 0);
	waitid(P_PID, (id_t)first, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_true(proc_is_zombie(first));
	waitpid(first, NULL, 0);
	assert_false(proc_is_dying(first));
	close(own);
}

static void test_zombie(void **state)
{
	pid_t pid = wait_for_kill();
	uint64_t start = proc_start_time(pid);
	int fd;

	assert_true(start > 0);
	assert_int_equal(proc_open(pid, start + 1), -ESRCH);
	fd = proc_open(pid, start);
	assert_true(fd >= 0);
	assert_int_equal(proc_kill(fd, SIGKILL), 0);
	close(fd);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_true(proc_is_zombie(pid));
	assert_int_equal(proc_open(pid, start), -ESRCH);
	waitpid(pid, NULL, 0);
	assert_int_equal(proc_start_time(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_dying), cmocka_unit_test(test_zombie) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
