/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/process/userns.h"

/* In a child: 0 if the namespace has the map. */
static int look(int userns)
{
	char map[256];

	if (setns(userns, CLONE_NEWUSER) < 0 ||
	    io_read_small(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0)
		return 1;
	return str_eq(map, "         0     100005        100") ? 0 : 2;
}

static void for_maps(void **state)
{
	int fd = userns_for_maps("0 100005 100", "0 100006 100"), status;
	pid_t pid;

	assert_true(fd >= 0);
	if ((pid = fork()) == 0)
		_exit(look(fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* the process that held it is gone */
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
	close(fd);
}

/* As who has no privilege. 0: it is root inside, has mounted something, and the maps are those. */
static int enter(void)
{
	struct err e;
	char map[256];

	if (setgid(65534) < 0 || setuid(65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return 1;
	if (userns_enter("0 65534 1", "0 65534 1", false, &e) < 0)
		return 2;
	if (geteuid() != 0 || getegid() != 0 ||
	    io_read_small(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0 ||
	    !str_eq(map, "         0      65534          1"))
		return 3;
	if (waitpid(-1, NULL, WNOHANG) != -1)
		return 4;
	return mount("none", "/tmp", "tmpfs", 0, NULL) == 0 ? 0 : 5;
}

static void entered(void **state)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(enter());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What is refused is told by who maps it, outside. */
static int enter_refused(void)
{
	struct err e;

	if (setgid(65534) < 0 || setuid(65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return 1;
	return userns_enter("0 0 2", "0 0 2", false, &e) == -EPERM && str_eq(e.code, "userns-map") ? 0 : 2;
}

static void refused(void **state)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(enter_refused());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void note(int sig)
{
}

/* A signal that is caught, as pull catches those that end it, comes while a program that takes its time maps the ids. */
static int enter_interrupted(const char *dir)
{
	struct sigaction action = { .sa_handler = note }; /* without SA_RESTART */
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	struct err e;

	if (setgid(65534) < 0 || setuid(65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0 ||
	    setenv("PATH", dir, 1) < 0 || sigaction(SIGALRM, &action, NULL) < 0 ||
	    setitimer(ITIMER_REAL, &often, NULL) < 0)
		return 1;
	return userns_enter("0 0 2", "0 0 2", true, &e) == -EPERM && str_eq(e.code, "userns-helper") ? 0 : 2;
}

static void interrupted(void **state)
{
	static const char script[] = "#!/bin/sh\n/bin/sleep 0.1\nexit 1\n";
	char dir[] = "/tmp/guise-test.XXXXXX", file[64];
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	assert_return_code(chmod(dir, 0755), errno);
	snprintf(file, sizeof(file), "%s/newuidmap", dir);
	assert_int_equal(io_write_file(AT_FDCWD, file, script, sizeof(script) - 1, 0755), 0);
	if ((pid = fork()) == 0)
		_exit(enter_interrupted(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(io_remove_tree(AT_FDCWD, dir), 0);
	assert_int_equal(status, 0);
}

static void bad_maps(void **state)
{
	assert_true(userns_for_maps("0 1", "0 0 1") < 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(for_maps), cmocka_unit_test(entered),
					    cmocka_unit_test(refused), cmocka_unit_test(interrupted),
					    cmocka_unit_test(bad_maps) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
