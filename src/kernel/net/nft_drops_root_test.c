/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>

#include "base/str.h"
#include "kernel/net/nft.h"
#include "kernel/net/nft_drops.h"
#include "kernel/net/nft_insert.h"

enum { NFPROTO_IPV4 = 2 }; /* linux/netfilter.h does not go together with netinet/in.h */

static struct netlink nl;
static struct arena a;
static struct err e;
static struct nft_drop *list;
static size_t n;

static int setup(void **state)
{
	return unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	arena_free(&a);
	return 0;
}

/* What stands on the way in that ruleset. (nft(8) wants a new line behind each block.) */
static void look_at(const char *ruleset)
{
	assert_int_equal(
		system(arena_printf(&a, "sed 's/}/}\\n/g' <<'EOF' | nft -f -\nflush ruleset\n%s\nEOF\n",
				    ruleset)),
		0);
	assert_int_equal(nft_forward_drops(&nl, &a, "guise", "guise0", &list, &n, &e), 0);
}

#define FORWARD "type filter hook forward priority filter; policy "

static void by_policy_or_by_a_rule_without_a_condition(void **state)
{
	look_at("table ip a { chain c { " FORWARD "drop; } }");
	assert_int_equal(n, 1);
	assert_int_equal(list[0].family, NFPROTO_IPV4);
	assert_true(str_eq(list[0].table, "a") && str_eq(list[0].chain, "c") && !list[0].own);
	look_at("table inet a { chain c { " FORWARD "accept; iifname \"x\" accept; counter reject; } }");
	assert_int_equal(n, 1);
	look_at("table ip6 a { chain c { " FORWARD "accept; drop; } }");
	assert_int_equal(n, 1);
}

static void what_lets_through_or_is_elsewhere(void **state)
{
	look_at("table ip a { chain c { " FORWARD
		"accept; iifname \"x\" drop; counter; } chain d { drop; } }");
	assert_int_equal(n, 0);
	look_at("table ip a { chain c { type filter hook input priority filter; policy drop; } }");
	assert_int_equal(n, 0);
	look_at("table inet guise { chain c { " FORWARD "drop; } }");
	assert_int_equal(n, 0);
	look_at("table bridge a { chain c { " FORWARD "drop; } }");
	assert_int_equal(n, 0);
	look_at("");
	assert_int_equal(n, 0);
}

static void where_rules_of_ones_own_belong_and_who_is_named(void **state)
{
	look_at("table ip filter { chain DOCKER-USER { iifname \"guise0\" accept; } chain FORWARD { " FORWARD
		"drop; jump DOCKER-USER; } }\n"
		"table ip6 filter { chain ufw6-user-forward { iifname \"guise01\" accept; } chain FORWARD { " FORWARD
		"drop; } }");
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		bool ipv4 = list[i].family == NFPROTO_IPV4;

		assert_string_equal(list[i].own, ipv4 ? "DOCKER-USER" : "ufw6-user-forward");
		assert_int_equal(list[i].names_link, ipv4);
	}
}

static void two_rules_with_one_comment(void **state)
{
	const struct nft_insert rule = { .family = NFPROTO_IPV4,
					 .table = "a",
					 .chain = "c",
					 .in = "guise0",
					 .out = "guise0",
					 .each = true,
					 .comment = "guise network x" },
				everywhere = { .comment = "guise network x" };

	look_at("table ip a { chain c { " FORWARD "drop; counter; } chain d { counter; } }");
	assert_int_equal(nft_inserted(&nl, &rule, &e), 0);
	assert_int_equal(nft_insert(&nl, &rule, &e), 0);
	assert_int_equal(nft_insert(&nl, &rule, &e), 0);
	assert_int_equal(nft_inserted(&nl, &rule, &e), 1);
	assert_int_equal(system("[ \"$(nft list chain ip a c | grep -c guise0)\" = 2 ]"), 0);
	/* one of them was taken away; and one of that comment is elsewhere */
	assert_int_equal(
		system("nft delete rule ip a c handle $(nft -a list chain ip a c | sed -n 's/.*iifname.*handle //p');"
		       "nft 'add rule ip a d counter comment \"guise network x\"'"),
		0);
	assert_int_equal(nft_inserted(&nl, &rule, &e), 0);
	assert_int_equal(nft_insert(&nl, &rule, &e), 0);
	assert_int_equal(system("[ \"$(nft list chain ip a c | grep -c guise0)\" = 2 ]"), 0);
	assert_int_equal(nft_remove(&nl, &everywhere, &e), 0);
	assert_int_equal(
		system("! nft list ruleset | grep -q guise && [ \"$(nft list ruleset | grep -c counter)\" = 2 ]"),
		0);
	assert_int_equal(nft_remove(&nl, &everywhere, &e), 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(by_policy_or_by_a_rule_without_a_condition),
		test(what_lets_through_or_is_elsewhere),
		test(where_rules_of_ones_own_belong_and_who_is_named),
		test(two_rules_with_one_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
