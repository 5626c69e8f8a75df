/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/nscall.h"

static pid_t other;
static int pidfd;

/* A process in namespaces of its own, named "there". */
static int setup(void **state)
{
	int ends[2];
	char c;

	if (pipe(ends) < 0)
		return -1;
	other = fork();
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS) < 0 || sethostname("there", 5) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 || write(ends[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	pidfd = (int)syscall(SYS_pidfd_open, other, 0);
	return read(ends[0], &c, 1) != 1 || pidfd < 0;
}

static int teardown(void **state)
{
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return 0;
}

static int read_name(const void *arg, void *out)
{
	struct utsname u;

	uname(&u);
	strcpy(out, u.nodename);
	return *(const int *)arg + 1;
}

static int open_tmp(const void *arg, void *out)
{
	return open("/tmp", O_PATH | O_CLOEXEC);
}

static int refuse(const void *arg, void *out)
{
	strcpy(out, "x");
	return -EXDEV;
}

static int die(const void *arg, void *out)
{
	kill(getpid(), SIGKILL);
	return 0;
}

static int is_dumpable(const void *arg, void *out)
{
	return prctl(PR_GET_DUMPABLE);
}

static void answers_come_back_and_we_stay(void **state)
{
	char name[65] = "", before[65], after[65];
	int arg = 41;

	gethostname(before, sizeof(before));
	assert_int_equal(ns_call(pidfd, CLONE_NEWUTS, read_name, &arg, name, sizeof(name)), 42);
	assert_string_equal(name, "there");
	gethostname(after, sizeof(after));
	assert_string_equal(after, before);
}

static void what_is_opened_there_is_ours(void **state)
{
	struct stat there, here;
	int fd = ns_call(pidfd, CLONE_NEWNS, open_tmp, NULL, NULL, 0);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &there), 0);
	assert_int_equal(stat("/tmp", &here), 0);
	assert_true(there.st_dev != here.st_dev);
	close(fd);
}

static void a_single_namespace_by_its_descriptor(void **state)
{
	char path[64], name[65] = "";
	int arg = 0, fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", other);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(ns_call(fd, CLONE_NEWUTS, read_name, &arg, name, sizeof(name)), 1);
	assert_string_equal(name, "there");
	close(fd);
}

static void failures_are_told(void **state)
{
	char out[8] = "as is";

	assert_int_equal(ns_call(pidfd, CLONE_NEWUTS, refuse, NULL, out, sizeof(out)), -EXDEV);
	assert_string_equal(out, "as is");
	assert_int_equal(ns_call(pidfd, CLONE_NEWUTS, die, NULL, NULL, 0), -EIO);
	assert_int_equal(ns_call(-1, CLONE_NEWUTS, refuse, NULL, NULL, 0), -EBADF);
	assert_int_equal(ns_call(pidfd, CLONE_NEWUTS, refuse, NULL, out, NS_OUT_MAX + 1), -EMSGSIZE);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* `other` alone is our child: no zombie is left */
}

static void nobody_there_can_trace_it(void **state)
{
	assert_int_equal(ns_call(pidfd, CLONE_NEWUTS, is_dumpable, NULL, NULL, 0), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
}

/* A user gets in only through the user namespace, which that user owns. */
static void without_privilege(void **state)
{
	char name[65] = "";
	int arg = 0, status;
	pid_t user = fork();

	if (user == 0) {
		pid_t mine;
		int fd, r;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ||
		    prctl(PR_SET_DUMPABLE, 1) < 0)
			_exit(100);
		mine = fork();
		if (mine == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0 || sethostname("mine", 4) < 0)
				_exit(1);
			for (;;)
				pause();
		}
		fd = (int)syscall(SYS_pidfd_open, mine, 0);
		for (int i = 0;
		     i < 200 && !(ns_call(fd, CLONE_NEWUTS, read_name, &arg, name, sizeof(name)) == 1 &&
				  strcmp(name, "mine") == 0);
		     i++)
			usleep(10000);
		r = strcmp(name, "mine") != 0;
		kill(mine, SIGKILL);
		waitpid(mine, NULL, 0);
		_exit(r);
	}
	waitpid(user, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back_and_we_stay),
		cmocka_unit_test(what_is_opened_there_is_ours),
		cmocka_unit_test(a_single_namespace_by_its_descriptor),
		cmocka_unit_test(failures_are_told),
		cmocka_unit_test(nobody_there_can_trace_it),
		cmocka_unit_test(without_privilege),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
