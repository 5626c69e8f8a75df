/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "kernel/net/conntrack.h"
#include "kernel/net/nft.h"
#include "net/former.h"
#include "net/rules.h"

/* One machine is all: its loopback has the addresses 10.10.0.1, the gateway's, to 10.10.0.9, and the same of fd00::/64. */

static struct netlink nl;
static struct err e;
static char path[] = "/tmp/guise-former-XXXXXX";
static int net;
static struct lease_dir dir;
static struct lease_pool pool, pool6;

static struct ip ip(const char *text)
{
	struct ip ip = { 0 };

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void sh(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void datagram(const char *to)
{
	bool ipv6 = strchr(to, ':');
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_port = htons(53) };
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(ipv6 ? AF_INET6 : AF_INET, to, ipv6 ? (void *)&at6.sin6_addr : &at.sin_addr);
	if (ipv6)
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&at6, sizeof(at6)), 1);
	else
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)), 1);
	close(fd);
}

struct question {
	struct ip to;
	bool yes;
};

static bool is_to(const struct conntrack *ct, void *arg)
{
	struct question *q = arg;

	q->yes |= ip_same(ct->orig.dst, q->to);
	return false;
}

static bool remembered(const char *text)
{
	struct question q = { .to = ip(text) };

	assert_int_equal(conntrack_delete(&nl, q.to.family, is_to, &q, &e), 0);
	return q.yes;
}

static void take(const char *text)
{
	struct ip wanted = ip(text), addr;
	const struct lease_pool *of = wanted.family == AF_INET ? &pool : &pool6;

	assert_int_equal(lease_take(&dir, of, "someone", wanted, &addr, &e), 0);
	assert_int_equal(former_forget(&dir, of, addr, &e), 0);
}

static void give_back(const char *text)
{
	assert_int_equal(lease_release(&dir, ip(text), "someone", &e), 0);
}

static int setup(void **state)
{
	struct ip subnet = ip("10.10.0.0/24");
	const struct rules_network rules = { "guise network bridge", "guise0", &subnet, 1 };

	pool = (struct lease_pool){ .subnet = subnet };
	pool6 = (struct lease_pool){ .subnet = ip("fd00::/64") };
	strcpy(strrchr(path, '-'), "-XXXXXX");
	if (unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0 || !mkdtemp(path))
		return -1;
	sh("ip link set lo up; for n in 1 2 3 4 5 6 7 8 9; do ip address add 10.10.0.$n/32 dev lo;"
	   "ip address add fd00::$n/128 dev lo nodad; done; ip address add 192.0.2.1/32 dev lo");
	net = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return rules_ensure(&nl, &rules, &e) < 0 || lease_open(&dir, net, "guise0", &e) < 0 ||
	       lease_lock(&dir, &e) < 0;
}

static int teardown(void **state)
{
	lease_close(&dir);
	close(net);
	netlink_close(&nl);
	return io_remove_tree(AT_FDCWD, path);
}

static void at_first_any_may_have_had_an_owner(void **state)
{
	const char *all[] = { "10.10.0.1", "10.10.0.2", "10.10.0.3", "192.0.2.1", "fd00::2" };

	for (size_t i = 0; i < 5; i++)
		datagram(all[i]);
	take("10.10.0.2");
	assert_true(remembered("10.10.0.1"));
	assert_false(remembered("10.10.0.2"));
	assert_false(remembered("10.10.0.3"));
	assert_true(remembered("192.0.2.1"));
	assert_true(remembered("fd00::2"));
}

/* Neither those of an address that has somebody, nor a stranger's, who has one that was never given. */
static void one_that_is_given_again_forgets_its_owner(void **state)
{
	take("10.10.0.2");
	take("10.10.0.3");
	take("10.10.0.4");
	for (const char *const *to = (const char *const[]){ "10.10.0.2", "10.10.0.3", "10.10.0.9", NULL };
	     *to; to++)
		datagram(*to);
	give_back("10.10.0.2");
	take("10.10.0.2");
	assert_false(remembered("10.10.0.2"));
	assert_true(remembered("10.10.0.3"));
	assert_true(remembered("10.10.0.9"));
}

/* That connections were not read is seen by what was sent to the address before it was anybody's. */
static void for_one_that_was_never_given_nothing_is_read(void **state)
{
	take("10.10.0.2");
	datagram("10.10.0.3");
	take("10.10.0.3");
	assert_true(remembered("10.10.0.3"));
}

static void all_that_were_given_back_are_forgotten_at_once(void **state)
{
	take("10.10.0.2");
	take("10.10.0.3");
	datagram("10.10.0.2");
	datagram("10.10.0.3");
	give_back("10.10.0.2");
	give_back("10.10.0.3");
	take("10.10.0.2");
	assert_false(remembered("10.10.0.3"));
	/* so it is as one that was never given */
	datagram("10.10.0.3");
	take("10.10.0.3");
	assert_true(remembered("10.10.0.3"));
}

static void of_ipv6_likewise(void **state)
{
	take("fd00::2");
	take("fd00::3");
	datagram("fd00::2");
	datagram("fd00::3");
	give_back("fd00::2");
	take("fd00::2");
	assert_false(remembered("fd00::2"));
	assert_true(remembered("fd00::3"));
}

/* A container of both families, twice: the second time each is looked at for itself. */
static void one_subnet_says_nothing_of_another(void **state)
{
	take("10.10.0.2");
	take("fd00::2");
	datagram("10.10.0.2");
	datagram("fd00::2");
	give_back("10.10.0.2");
	give_back("fd00::2");
	take("10.10.0.2");
	take("fd00::2");
	assert_false(remembered("10.10.0.2"));
	assert_false(remembered("fd00::2"));
}

static void one_beyond_all_bits_may_always_have_had_an_owner(void **state)
{
	sh("ip address add fd00::5:0:0:1/128 dev lo nodad");
	take("fd00::2");
	datagram("fd00::5:0:0:1");
	take("fd00::5:0:0:1");
	assert_false(remembered("fd00::5:0:0:1"));
}

static void what_cannot_be_noted_is_an_error(void **state)
{
	struct ip addr;

	assert_int_equal(lease_take(&dir, &pool, "someone", ip("10.10.0.2"), &addr, &e), 0);
	assert_int_equal(mkdirat(dir.fd, "given-10.10.0.0", 0700), 0);
	assert_true(former_forget(&dir, &pool, addr, &e) < 0);
	assert_string_equal(e.code, "lease-take");
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(at_first_any_may_have_had_an_owner),
		test(one_that_is_given_again_forgets_its_owner),
		test(for_one_that_was_never_given_nothing_is_read),
		test(all_that_were_given_back_are_forgotten_at_once),
		test(of_ipv6_likewise),
		test(one_subnet_says_nothing_of_another),
		test(one_beyond_all_bits_may_always_have_had_an_owner),
		test(what_cannot_be_noted_is_an_error),
	};

	return cmocka_run_group_tests_name("net/former", tests, NULL, NULL);
}
