/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp/listener.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/seccomp/seccomp.h"

/* Notify of getppid(2) alone: a sanitizer makes calls of its own. */
static const struct sock_filter insns[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* A process that waits for a byte, calls something else, and loads the filter. Its status is what getppid(2)
 * gave. */
static pid_t start(int sock, unsigned flags, int *pidfd)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct seccomp_filter f = { insns, ARRAY_LEN(insns), flags };
		char byte;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		read(sock, &byte, 1);
		getuid();
		_exit(seccomp_filter_load(&f) < 0 ? 9 : (int)syscall(SYS_getppid));
	}
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A process that has loaded its filter and is held there: its listener. */
static int taken(pid_t *pid)
{
	int pair[2], fd;

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	autoclose int ours = pair[0], theirs = pair[1], pidfd = -1;
	*pid = start(theirs, SECCOMP_FILTER_FLAG_NEW_LISTENER, &pidfd);
	assert_int_equal(listener_attach(*pid), 0);
	assert_int_equal(write(ours, "", 1), 1);
	fd = listener_take(*pid, pidfd);
	assert_true(fd >= 0);
	return fd;
}

static void taken_and_answered(void **state)
{
	struct seccomp_notif ask = { 0 };
	struct seccomp_notif_resp say = { .val = 77 };
	pid_t pid;
	autoclose int fd = taken(&pid);

	listener_detach(pid, false);
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &ask), 0);
	assert_int_equal(ask.data.nr, SYS_getppid); /* it had not gone further */
	assert_int_equal(ask.pid, pid);
	say.id = ask.id;
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &say), 0);
	assert_int_equal(WEXITSTATUS(ended(pid)), 77);
}

static void killed(void **state)
{
	pid_t pid;
	autoclose int fd = taken(&pid);

	listener_detach(pid, true);
	int status = ended(pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void not_loaded(void **state)
{
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	autoclose int ours = pair[0], theirs = pair[1], pidfd = -1;
	pid_t pid = start(theirs, 1U << 31, &pidfd);

	assert_int_equal(listener_attach(pid), 0);
	assert_int_equal(write(ours, "", 1), 1);
	assert_int_equal(listener_take(pid, pidfd), -EINVAL);
	listener_detach(pid, false);
	assert_int_equal(WEXITSTATUS(ended(pid)), 9);
}

static void ended_before(void **state)
{
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	autoclose int ours = pair[0], theirs = pair[1], pidfd = -1;
	pid_t pid = start(theirs, SECCOMP_FILTER_FLAG_NEW_LISTENER, &pidfd);

	assert_int_equal(listener_attach(pid), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(listener_take(pid, pidfd), -ESRCH);
	assert_true(WIFSIGNALED(ended(pid))); /* its parent still hears how */
	assert_int_equal(listener_attach(pid), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_and_answered),
		cmocka_unit_test(killed),
		cmocka_unit_test(not_loaded),
		cmocka_unit_test(ended_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
