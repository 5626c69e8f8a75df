/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"

/* How many descriptors are open: those of a test are low. */
static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* What a hostile peer sends: n descriptors, in control messages of `each`. */
static void send_many(int sock, int n, int each)
{
	char control[16 * CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct iovec v = { .iov_base = "x", .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	size_t used = 0;

	for (; n > 0; n -= each, h = CMSG_NXTHDR(&m, h)) {
		int k = n < each ? n : each;

		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN((size_t)k * sizeof(int));
		used += CMSG_SPACE((size_t)k * sizeof(int));
		for (int i = 0; i < k; i++)
			memcpy(CMSG_DATA(h) + (size_t)i * sizeof(int), &(int){ STDERR_FILENO }, sizeof(int));
	}
	m.msg_controllen = used;
	assert_int_equal(sendmsg(sock, &m, 0), 1);
}

static ssize_t receive(int n, int each, int *fd)
{
	char byte;
	int pair[2];
	ssize_t got;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	send_many(pair[0], n, each);
	got = fdpass_recv(pair[1], &byte, 1, fd);
	close(pair[0]);
	close(pair[1]);
	return got;
}

static void one_is_taken(void **state)
{
	int before = count_open(), fd;

	assert_int_equal(receive(1, 1, &fd), 1);
	assert_true(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	close(fd);
	assert_int_equal(receive(0, 1, &fd), 1);
	assert_int_equal(fd, -1);
	assert_int_equal(count_open(), before);
}

static void of_several_none_stays(void **state)
{
	int before = count_open(), fd;

	for (int n = 2; n <= 16; n++) {
		errno = 0;
		assert_int_equal(receive(n, n, &fd), -1);
		assert_int_equal(errno, EPROTO);
		assert_int_equal(fd, -1);
		assert_int_equal(receive(n, 1, &fd), -1);
		assert_int_equal(count_open(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_taken),
		cmocka_unit_test(of_several_none_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
