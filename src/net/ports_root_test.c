/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/nft.h"
#include "net/ports.h"
#include "net/ports_singles.h"
#include "net/rules.h"

/* What the kernel has is read back with nft(8), and strangers' changes are made with it. */

#define MARK  "guise network bridge"
#define MINE  PORTS_MARK "0123456789ab"
#define OTHER PORTS_MARK "ba9876543210"

static struct netlink nl;
static struct err e;
static struct ip subnets[2];
static const struct rules_network rules = { MARK, "guise0", subnets, 2 };
static const struct ports_network net = { MARK, "guise0", subnets, 2 };

static struct ip ip(const char *text)
{
	struct ip ip = { 0 };

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static struct ports_range range(const char *at, unsigned first, unsigned count)
{
	return (struct ports_range){ .family = AF_INET,
				     .at = at ? ip(at) : (struct ip){ 0 },
				     .proto = IPPROTO_TCP,
				     .first = first,
				     .count = count,
				     .to = ip("10.10.0.2"),
				     .target = 80,
				     .mark = MINE };
}

static void nft(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void has(const char *set, const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "nft list map inet guise %s | grep -qF '%s'", set, words);
	nft(command);
}

static void has_not(const char *set, const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "! nft list map inet guise %s | grep -qF '%s'", set, words);
	nft(command);
}

static int setup(void **state)
{
	if (unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0)
		return -1;
	subnets[0] = ip("10.10.0.0/24");
	subnets[1] = ip("fd00:7::/64");
	return rules_ensure(&nl, &rules, &e) < 0 || ports_ensure(&nl, &net, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

static void the_rules_are_as_nft_makes_them(void **state)
{
	FILE *f;

	assert_int_equal(ports_check(&nl, &net, &e), 0);
	assert_int_equal(rules_check(&nl, &rules, &e), 0);
	nft("nft delete chain inet guise publish_in; nft delete chain inet guise publish_out; "
	    "nft delete chain inet guise publish; nft delete chain inet guise publish_back; "
	    "nft delete chain inet guise publish_guard");
	assert_int_equal(ports_check(&nl, &net, &e), -ENOENT);
	f = popen("nft -f -", "we");
	assert_non_null(f);
	fprintf(f, "table inet guise {\n%s}\n", ports_text);
	assert_int_equal(pclose(f), 0);
	if (ports_check(&nl, &net, &e) < 0)
		fail_msg("%s: %s", e.what, e.cause);
}

static void what_others_changed_is_put_back(void **state)
{
	nft("nft flush chain inet guise publish_guard");
	assert_int_equal(ports_check(&nl, &net, &e), -ENOENT);
	assert_int_equal(ports_ensure(&nl, &net, &e), 0);
	assert_int_equal(ports_check(&nl, &net, &e), 0);
	nft("nft flush set inet guise home");
	assert_int_equal(ports_check(&nl, &net, &e), -ENOENT);
	assert_int_equal(ports_ensure(&nl, &net, &e), 0);
	nft("nft 'add element inet guise home { 10.9.0.0/24 . \"guise0\" comment \"" MARK "\" }'");
	assert_int_equal(ports_check(&nl, &net, &e), -ESTALE);
	assert_int_equal(ports_ensure(&nl, &net, &e), 0);
	assert_int_equal(ports_check(&nl, &net, &e), 0);
	/* its text alone makes a start believe it, but not a check */
	nft("nft add rule inet guise publish accept");
	assert_int_equal(ports_check(&nl, &net, &e), -ESTALE);
	assert_int_equal(ports_ensure(&nl, &net, &e), 0);
	assert_int_equal(ports_check(&nl, &net, &e), 0);
}

static void a_network_goes_and_others_stay(void **state)
{
	nft("nft 'add element inet guise home { 10.9.0.0/24 . \"guise1\" comment \"another\" }'");
	assert_int_equal(ports_forget(&nl, MARK, &e), 0);
	nft("nft list set inet guise home | grep -q guise1");
	nft("! nft list set inet guise home | grep -q guise0");
	nft("! nft list set inet guise home6 | grep -q guise0");
	assert_int_equal(ports_forget(&nl, MARK, &e), 0);
	nft("nft delete table inet guise");
	assert_int_equal(ports_forget(&nl, MARK, &e), 0);
}

static void ports_come_and_go(void **state)
{
	struct ports_range one = range(NULL, 8080, 1), at = range("127.0.0.1", 8081, 2);

	assert_int_equal(ports_check_range(&nl, &one, &e), -ENOENT);
	assert_int_equal(ports_add(&nl, &one, &e), 0);
	assert_int_equal(ports_add(&nl, &one, &e), 0);
	assert_int_equal(ports_add(&nl, &at, &e), 0);
	has("published", "tcp . 8080 comment \"" MINE "\" : 10.10.0.2 . 80");
	has("published_at", "127.0.0.1 . tcp . 8082 comment \"" MINE "\" : 10.10.0.2 . 81");
	assert_int_equal(ports_check_range(&nl, &at, &e), 0);
	assert_int_equal(ports_delete(&nl, &at, &e), 0);
	assert_int_equal(ports_check_range(&nl, &at, &e), -ENOENT);
	assert_int_equal(ports_check_range(&nl, &one, &e), 0);
	assert_int_equal(ports_delete(&nl, &one, &e), 0);
	assert_int_equal(ports_delete(&nl, &one, &e), 0);
	has_not("published", "8080");
}

static void those_of_ipv6(void **state)
{
	struct ports_range any = range(NULL, 53, 1), at;

	any.family = AF_INET6;
	any.proto = IPPROTO_UDP;
	any.to = ip("fd00:7::2");
	at = any;
	at.at = ip("fd00::1");
	assert_int_equal(ports_add(&nl, &any, &e), 0);
	assert_int_equal(ports_add(&nl, &at, &e), 0);
	has("published6", "udp . 53 comment \"" MINE "\" : fd00:7::2 . 80");
	has("published6_at", "fd00::1 . udp . 53 comment \"" MINE "\" : fd00:7::2 . 80");
	assert_int_equal(ports_check_range(&nl, &any, &e), 0);
	assert_int_equal(ports_check_range(&nl, &at, &e), 0);
}

static void anothers_is_left_alone(void **state)
{
	struct ports_range mine = range(NULL, 8000, 100), before = range(NULL, 8000, 40);
	struct ports_range other = range(NULL, 8090, 1);
	struct arena a = { 0 };
	struct ports_singles singles = { .arena = &a };
	char owner[NFT_COMMENT];
	unsigned port;

	other.mark = OTHER;
	assert_int_equal(ports_add(&nl, &other, &e), 0);
	assert_int_equal(ports_add(&nl, &before, &e), 0);
	assert_int_equal(ports_add(&nl, &mine, &e), -EADDRINUSE);
	assert_string_equal(e.code, "port-taken");
	/* those that were there stay */
	assert_int_equal(ports_check_range(&nl, &before, &e), 0);
	assert_int_equal(ports_owner(&nl, &mine, &singles, owner, &port, &e), 0);
	assert_string_equal(owner, OTHER);
	assert_int_equal(port, 8090);
	assert_int_equal(ports_delete(&nl, &mine, &e), 0);
	has_not("published", "tcp . 8000");
	assert_int_equal(ports_check_range(&nl, &other, &e), 0);
	assert_int_equal(ports_delete(&nl, &other, &e), 0);
	assert_int_equal(ports_add(&nl, &mine, &e), 0);
	assert_int_equal(ports_check_range(&nl, &mine, &e), 0);
	has("published", "tcp . 8099 comment \"" MINE "\" : 10.10.0.2 . 179");
	arena_free(&a);
}

static void one_address_meets_all(void **state)
{
	static const char *const ats[][2] = { { NULL, "10.9.0.1" }, { NULL, "fd00::1" } };
	struct arena a = { 0 };
	struct ports_singles singles = { .arena = &a };
	char owner[NFT_COMMENT];
	unsigned port;

	for (size_t i = 0; i < 4; i++) {
		struct ports_range first = range(ats[i / 2][i % 2], 8000, 40);
		struct ports_range second = range(ats[i / 2][!(i % 2)], 8039, 1);

		first.family = second.family = i / 2 ? AF_INET6 : AF_INET;
		first.to = second.to = ip(i / 2 ? "fd00:7::2" : "10.10.0.2");
		second.mark = OTHER;
		assert_int_equal(ports_add(&nl, &first, &e), 0);
		assert_int_equal(ports_add(&nl, &second, &e), -EADDRINUSE);
		assert_string_equal(e.code, "port-taken");
		assert_int_equal(ports_owner(&nl, &second, &singles, owner, &port, &e), 0);
		assert_string_equal(owner, MINE);
		assert_int_equal(port, 8039);
		/* another protocol, or port, does not meet it */
		second.proto = IPPROTO_UDP;
		assert_int_equal(ports_add(&nl, &second, &e), 0);
		second.proto = IPPROTO_TCP;
		second.first = 8040;
		assert_int_equal(ports_add(&nl, &second, &e), 0);
		nft("for m in published published_at published6 published6_at; do nft flush map inet guise $m; done");
	}
	arena_free(&a);
}

static void single_addresses_are_listed_once_for_many_questions(void **state)
{
	struct arena a = { 0 };
	struct ports_singles before = { .arena = &a }, after = { .arena = &a };
	struct ports_range all = range(NULL, 8000, 100), mine = range("10.9.0.1", 8050, 1);
	struct ports_range others = range("10.9.0.2", 8050, 1);
	char owner[NFT_COMMENT];
	unsigned port;

	others.mark = OTHER;
	assert_int_equal(ports_add(&nl, &mine, &e), 0);
	assert_int_equal(ports_owner(&nl, &all, &before, owner, &port, &e), 0);
	assert_string_equal(owner, "");
	assert_int_equal(ports_add(&nl, &others, &e), 0);
	assert_int_equal(ports_owner(&nl, &all, &before, owner, &port, &e), 0);
	assert_string_equal(owner, "");
	assert_int_equal(ports_owner(&nl, &all, &after, owner, &port, &e), 0);
	assert_string_equal(owner, OTHER);
	assert_int_equal(port, 8050);
	assert_int_equal(ports_add(&nl, &all, &e), -EADDRINUSE);
	arena_free(&a);
}

static void ours_that_leads_elsewhere_is_mended(void **state)
{
	struct ports_range one = range(NULL, 8080, 1), moved = one;

	assert_int_equal(ports_add(&nl, &one, &e), 0);
	moved.to = ip("10.10.0.9");
	assert_int_equal(ports_check_range(&nl, &moved, &e), -ESTALE);
	assert_int_equal(ports_add(&nl, &moved, &e), 0);
	assert_int_equal(ports_check_range(&nl, &moved, &e), 0);
}

static void nobody_has_one_without_the_table(void **state)
{
	struct ports_range one = range(NULL, 8080, 1);
	struct arena a = { 0 };
	struct ports_singles singles = { .arena = &a };
	char owner[NFT_COMMENT];
	unsigned port;

	nft("nft delete table inet guise");
	assert_int_equal(ports_owner(&nl, &one, &singles, owner, &port, &e), 0);
	assert_string_equal(owner, "");
	assert_int_equal(ports_delete(&nl, &one, &e), 0);
	assert_int_equal(ports_check_range(&nl, &one, &e), -ENOENT);
	arena_free(&a);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_rules_are_as_nft_makes_them),
		test(what_others_changed_is_put_back),
		test(a_network_goes_and_others_stay),
		test(ports_come_and_go),
		test(those_of_ipv6),
		test(anothers_is_left_alone),
		test(one_address_meets_all),
		test(single_addresses_are_listed_once_for_many_questions),
		test(ours_that_leads_elsewhere_is_mended),
		test(nobody_has_one_without_the_table),
	};

	return cmocka_run_group_tests_name("net/ports", tests, NULL, NULL);
}
