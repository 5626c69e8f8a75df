/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/net/conntrack.h"
#include "kernel/net/nft.h"
#include "net/ports_forget.h"
#include "net/rules.h"

/* One machine is all: datagrams to 192.0.2.1:5353 are led to 10.10.0.2:53, where nobody listens. */

#define MARK "guise network bridge"

static struct netlink nl;
static struct err e;

static struct ip ip(const char *text)
{
	struct ip ip = { 0 };

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static struct ports_range port(const char *to)
{
	return (struct ports_range){ .family = AF_INET,
				     .proto = IPPROTO_UDP,
				     .first = 5353,
				     .count = 1,
				     .to = ip(to),
				     .target = 53,
				     .mark = PORTS_MARK "0123456789ab" };
}

static void sh(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void datagram(const char *to, unsigned number)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)number) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, to, &at.sin_addr);
	assert_int_equal(sendto(fd, "x", 1, 0, (const struct sockaddr *)&at, sizeof(at)), 1);
	close(fd);
}

static bool count(const struct conntrack *ct, void *n)
{
	*(unsigned *)n += ct->proto == IPPROTO_UDP;
	return false;
}

static unsigned remembered(void)
{
	unsigned n = 0;

	assert_int_equal(conntrack_delete(&nl, AF_INET, count, &n, &e), 0);
	return n;
}

/* What is left of four after that: one was led to the container, one went to the same port of the host itself, one to another,
 * and one to the container's address. */
static unsigned left(const char *to, enum ports_when when)
{
	struct ports_range own = port("10.10.0.2"), asked = port(to);

	datagram("192.0.2.1", 5353);
	assert_int_equal(ports_delete(&nl, &own, &e), 0);
	datagram("192.0.2.1", 5353);
	datagram("192.0.2.1", 5354);
	datagram("10.10.0.2", 53);
	assert_int_equal(remembered(), 4);
	assert_int_equal(ports_forget_connections(&asked, when, &e), 0);
	return remembered();
}

static int setup(void **state)
{
	struct ip subnet = ip("10.10.0.0/24");
	const struct rules_network rules = { MARK, "guise0", &subnet, 1 };
	const struct ports_network net = { MARK, "guise0", &subnet, 1 };
	struct ports_range own = port("10.10.0.2");

	if (unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0)
		return -1;
	sh("ip link set lo up; for a in 192.0.2.1 10.10.0.2 10.10.0.3; do ip address add $a/32 dev lo; done");
	return rules_ensure(&nl, &rules, &e) < 0 || ports_ensure(&nl, &net, &e) < 0 ||
	       ports_add(&nl, &own, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

static void a_port_begins(void **state)
{
	/* but for the one to another port, and the one that never passed the host's */
	assert_int_equal(left("10.10.0.2", PORTS_BEGIN), 2);
}

static void a_port_is_put_back(void **state)
{
	assert_int_equal(left("10.10.0.2", PORTS_AGAIN), 3);
}

static void a_port_ends(void **state)
{
	assert_int_equal(left("10.10.0.2", PORTS_END), 3);
}

static void what_was_never_applied_ends(void **state)
{
	assert_int_equal(left("10.10.0.3", PORTS_END), 4);
}

/* From here on this process is on a kernel that has no netfilter, as far as it can see. */
static int lose_netfilter(void)
{
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_NETFILTER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(lines) / sizeof(*lines), lines };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ?
		       -1 :
		       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void without_netfilter_there_is_nothing_to_forget(void **state)
{
	struct netlink none = NETLINK_CLOSED;
	int status;
	const struct ports_range own = port("10.10.0.2");
	pid_t pid = fork();

	if (pid == 0)
		_exit(lose_netfilter() < 0 || nft_open(&none, &e) != -EOPNOTSUPP ||
		      ports_forget_connections(&own, PORTS_BEGIN, &(struct err){ 0 }) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_port_begins),
		test(a_port_is_put_back),
		test(a_port_ends),
		test(what_was_never_applied_ends),
		test(without_netfilter_there_is_nothing_to_forget),
	};

	return cmocka_run_group_tests_name("net/ports_forget", tests, NULL, NULL);
}
