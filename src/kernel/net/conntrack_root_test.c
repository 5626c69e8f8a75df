/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/net/conntrack.h"
#include "kernel/net/nft.h"

enum { MANY = 100, KEPT = 9, GONE = 10 };

static struct netlink nl;
static struct err e;

/* From ports of our own choice: the kernel gives the same one twice, which is no other entry. */
static void datagram(uint16_t from, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(from),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	at.sin_port = htons(port);
	assert_int_equal(sendto(fd, "x", 1, 0, (const struct sockaddr *)&at, sizeof(at)), 1);
	close(fd);
}

static int setup(void **state)
{
	if (unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0)
		return -1;
	return system(
		"ip link set lo up; nft 'table ip t { chain c { type filter hook input priority 0; ct state new counter; }; }'");
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

struct asked {
	unsigned all, to[GONE + 1];
};

static bool count(const struct conntrack *ct, void *arg)
{
	struct asked *asked = arg;

	if (ct->proto != IPPROTO_UDP || ct->orig.dport > GONE)
		return false;
	asked->all++;
	asked->to[ct->orig.dport]++;
	return ct->orig.dport == GONE;
}

static void many_go_at_once_and_others_stay(void **state)
{
	struct asked asked = { 0 };

	for (uint16_t i = 0; i < MANY; i++) {
		datagram(2000 + i, KEPT);
		datagram(2000 + i, GONE);
	}
	assert_int_equal(conntrack_delete(&nl, AF_INET, count, &asked, &e), 0);
	assert_int_equal(asked.to[KEPT], MANY);
	assert_int_equal(asked.to[GONE], MANY);
	asked = (struct asked){ 0 };
	assert_int_equal(conntrack_delete(&nl, AF_INET, count, &asked, &e), 0);
	assert_int_equal(asked.to[KEPT], MANY);
	assert_int_equal(asked.to[GONE], 0);
}

static void none_is_fine(void **state)
{
	struct asked asked = { 0 };

	assert_int_equal(conntrack_delete(&nl, AF_INET6, count, &asked, &e), 0);
	assert_int_equal(asked.all, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_go_at_once_and_others_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(none_is_fine, setup, teardown),
	};

	return cmocka_run_group_tests_name("kernel/net/conntrack", tests, NULL, NULL);
}
