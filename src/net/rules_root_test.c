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
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/net/nft.h"
#include "net/rules.h"
#include "net/rules_table.h"

#define NET(a, b, len_)                                                                                      \
	{                                                                                                    \
		.family = AF_INET, .len = (len_), .bytes = {(a), (b) }                                       \
	}
#define NET6(a, len_)                                                                                        \
	{                                                                                                    \
		.family = AF_INET6, .len = (len_), .bytes = { 0xfd, 0, 0, (a) }                              \
	}

/* What the kernel has is read back with nft(8), and strangers' changes are made with it. */

#define MARK_ONE "guise network bridge"
#define MARK_TWO "guise network lab of /tmp/x"

static const struct ip subnets_one[] = { NET(10, 10, 24) }, subnets_two[] = { NET(10, 11, 20), NET6(7, 64) };
static const struct rules_network one = { MARK_ONE, "guise0", subnets_one, 1 };
static const struct rules_network two = { MARK_TWO, "guise1", subnets_two, 2 };

#define COMMENT(mark) " comment \"" mark "\""
#define ELEMENTS(...) "\t\telements = { " __VA_ARGS__ " }\n"
#define TABLE(...)    TABLE_WITH("", "", "", __VA_ARGS__)
#define TABLE_WITH(internal, open, routed, bridges, within, subnets, subnets6, forwarding)                   \
	"table inet guise {\n"                                                                               \
	"\tset bridges {\n\t\ttype ifname\n" bridges "\t}\n\n"                                               \
	"\tset within {\n\t\ttype ifname . ifname\n" within "\t}\n\n"                                        \
	"\tset internal {\n\t\ttype ifname\n" internal "\t}\n\n"                                             \
	"\tset open {\n\t\ttype ifname\n" open "\t}\n\n"                                                     \
	"\tset routed {\n\t\ttype ifname\n" routed "\t}\n\n"                                                 \
	"\tset subnets {\n\t\ttype ipv4_addr\n\t\tflags interval\n" subnets "\t}\n\n"                        \
	"\tset subnets6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n" subnets6 "\t}\n\n"                      \
	"\tset forwarding {\n\t\ttype nf_proto\n" forwarding "\t}\n\n" RULES "}\n"
#define RULES                                                                                                \
	"\tchain postrouting {\n"                                                                            \
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"                                    \
	"\t\tip saddr @subnets oif != \"lo\" oifname != @bridges masquerade comment \"guise outside\"\n"     \
	"\t\tip6 saddr @subnets6 oif != \"lo\" oifname != @bridges masquerade comment \"guise outside\"\n"   \
	"\t}\n\n"                                                                                            \
	"\tchain forward {\n"                                                                                \
	"\t\ttype filter hook forward priority filter; policy accept;\n"                                     \
	"\t\tmeta nfproto @forwarding iifname != @bridges oifname != @bridges drop comment \"guise "         \
	"forwarding\"\n"                                                                                     \
	"\t\tct state established iifname != @internal accept comment \"guise known\"\n"                      \
	"\t\tiifname . oifname @within accept comment \"guise inside\"\n"                                    \
	"\t\tiifname @open oifname @open accept comment \"guise open\"\n"                                    \
	"\t\tiifname @internal drop comment \"guise internal\"\n"                                            \
	"\t\toifname @routed accept comment \"guise routed\"\n"                                              \
	"\t\toifname @bridges ct status dnat accept comment \"guise published\"\n"                           \
	"\t\toifname @bridges ct state invalid,new,untracked drop comment \"guise unasked\"\n"               \
	"\t}\n"
#define WITHIN(bridge) "\"" bridge "\" . \"" bridge "\""
#define ONE(forwarding)                                                                                      \
	TABLE(ELEMENTS("\"guise0\"" COMMENT(MARK_ONE)), ELEMENTS(WITHIN("guise0") COMMENT(MARK_ONE)),        \
	      ELEMENTS("10.10.0.0/24" COMMENT(MARK_ONE)), "", forwarding)
#define ONLY_ONE ONE("")
#define ONLY_TWO                                                                                             \
	TABLE(ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), ELEMENTS(WITHIN("guise1") COMMENT(MARK_TWO)),        \
	      ELEMENTS("10.11.0.0/20" COMMENT(MARK_TWO)), ELEMENTS("fd00:7::/64" COMMENT(MARK_TWO)), "")

/* What is internal has no subnet that is masqueraded. */
#define ONLY_SHUT                                                                                            \
	TABLE_WITH(ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), "", "",                                         \
		   ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), ELEMENTS(WITHIN("guise1") COMMENT(MARK_TWO)),   \
		   "", "", "")

#define ONLY_OPEN                                                                                            \
	TABLE_WITH("", ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), "",                                         \
		   ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), ELEMENTS(WITHIN("guise1") COMMENT(MARK_TWO)),   \
		   ELEMENTS("10.11.0.0/20" COMMENT(MARK_TWO)), ELEMENTS("fd00:7::/64" COMMENT(MARK_TWO)),    \
		   "")

#define ONLY_ROUTED                                                                                          \
	TABLE_WITH("", "", ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)),                                         \
		   ELEMENTS("\"guise1\"" COMMENT(MARK_TWO)), ELEMENTS(WITHIN("guise1") COMMENT(MARK_TWO)),   \
		   ELEMENTS("10.11.0.0/20" COMMENT(MARK_TWO)), ELEMENTS("fd00:7::/64" COMMENT(MARK_TWO)),    \
		   "")

static struct netlink nl;
static struct err e;

static int setup(void **state)
{
	return unshare(CLONE_NEWNET) < 0 || nft_open(&nl, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

static void assert_ruleset(const char *want)
{
	char have[4096];
	FILE *f = popen("nft list ruleset", "re");
	size_t n;

	assert_non_null(f);
	n = fread(have, 1, sizeof(have) - 1, f);
	have[n] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_string_equal(have, want);
}

static void nft(const char *command)
{
	assert_int_equal(system(command), 0);
}

static void ensure(const struct rules_network *net)
{
	assert_int_equal(rules_ensure(&nl, net, &e), 0);
	assert_int_equal(rules_check(&nl, net, &e), 0);
}

static void delete (const struct rules_network *net)
{
	assert_int_equal(rules_delete(&nl, net->mark, &e), 0);
	assert_int_equal(rules_check(&nl, net, &e), -ENOENT);
	assert_string_equal(e.code, "nft-missing");
}

static void one_however_often(void **state)
{
	ensure(&one);
	ensure(&one);
	assert_ruleset(ONLY_ONE);
	ensure(&two);
	ensure(&one);
	assert_int_equal(rules_check(&nl, &two, &e), 0);
	delete (&one);
	delete (&one);
	assert_ruleset(ONLY_TWO);
}

/* Subnets are chosen one after the other: where one ends the next begins. */
static void neighbours(void **state)
{
	static const struct ip left[] = { { .family = AF_INET, .len = 24, .bytes = { 10, 9, 255 } } },
			       right[] = { { .family = AF_INET, .len = 24, .bytes = { 10, 10, 1 } } };
	static const struct rules_network before = { "guise left", "guise2", left, 1 },
					  behind = { "guise right", "guise3", right, 1 };

	ensure(&one);
	ensure(&before);
	ensure(&behind);
	assert_int_equal(rules_check(&nl, &one, &e), 0);
	assert_int_equal(rules_check(&nl, &before, &e), 0);
	delete (&one);
	assert_int_equal(rules_check(&nl, &behind, &e), 0);
	ensure(&one);
	delete (&before);
	delete (&behind);
	assert_ruleset(ONLY_ONE);
}

static void the_table_goes_with_the_last_network(void **state)
{
	ensure(&one);
	ensure(&two);
	delete (&two);
	assert_ruleset(ONLY_ONE);
	delete (&one);
	delete (&one);
	assert_ruleset("");
}

/* The word that forwarding is to be switched off again: it is all networks', and goes with the table. */
static void what_else_is_forwarded(void **state)
{
	bool ends = true;

	ensure(&one);
	assert_int_equal(rules_forwarding_ends(&nl, AF_INET, one.mark, &ends, &e), 0);
	assert_false(ends); /* it was on before */
	assert_int_equal(rules_forwarding_ensure(&nl, AF_INET, &e), 0);
	assert_int_equal(rules_forwarding_ensure(&nl, AF_INET, &e), 0);
	assert_ruleset(ONE(ELEMENTS("ipv4")));
	ensure(&one);
	assert_ruleset(ONE(ELEMENTS("ipv4")));
	assert_int_equal(rules_forwarding_ends(&nl, AF_INET, one.mark, &ends, &e), 0);
	assert_true(ends);
	assert_int_equal(rules_forwarding_ends(&nl, AF_INET6, one.mark, &ends, &e), 0);
	assert_false(ends);
	ensure(&two);
	assert_int_equal(rules_forwarding_ends(&nl, AF_INET, one.mark, &ends, &e), 0);
	assert_false(ends); /* somebody else is left */
	delete (&one);
	assert_int_equal(rules_forwarding_ends(&nl, AF_INET, two.mark, &ends, &e), 0);
	assert_true(ends);
	delete (&two);
	assert_ruleset("");
}

static void strangers_tables_are_left_alone(void **state)
{
	static const char stranger[] = "table inet stranger {\n\tchain input {\n"
				       "\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n";

	nft("nft 'add table inet stranger; add chain inet stranger input { type filter hook input priority 0; "
	    "policy drop; }'");
	ensure(&one);
	assert_int_equal(rules_delete(&nl, one.mark, &e), 0);
	assert_ruleset(stranger);
	assert_int_equal(rules_delete(&nl, one.mark, &e), 0);
	assert_ruleset(stranger);
}

static void nft_file(const char *text)
{
	FILE *f = popen("nft -f -", "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(pclose(f), 0);
}

/* The command that is printed for a person makes the very table, which is then left as it is. */
static void made_by_hand(void **state)
{
	nft_file(rules_text);
	nft_file("add element inet guise bridges { \"guise0\"" COMMENT(
		MARK_ONE) " }\n"
			  "add element inet guise within { " WITHIN("guise0")
				  COMMENT(MARK_ONE) " }\n"
						    "add element inet guise subnets { 10.10.0.0/24" COMMENT(
							    MARK_ONE) " }\n");
	assert_ruleset(ONLY_ONE);
	assert_int_equal(rules_check(&nl, &one, &e), 0);
	nft("nft -a list table inet guise >/tmp/guise-rules-before");
	ensure(&one);
	nft("nft -a list table inet guise | cmp - /tmp/guise-rules-before; rm /tmp/guise-rules-before");
	ensure(&two);
	delete (&one);
	assert_ruleset(ONLY_TWO);
}

static void chain_of_another_kind(void **state)
{
	char text[4096], *at;

	strcpy(text, rules_text);
	at = strstr(text, "priority srcnat");
	memcpy(at, "priority -11111", strlen("priority srcnat"));
	memcpy(at, "priority -5    ", strlen("priority srcnat"));
	nft_file(text);
	nft_file("add element inet guise bridges { \"guise0\"" COMMENT(
		MARK_ONE) " }\n"
			  "add element inet guise within { " WITHIN("guise0")
				  COMMENT(MARK_ONE) " }\n"
						    "add element inet guise subnets { 10.10.0.0/24" COMMENT(
							    MARK_ONE) " }\n");
	assert_int_equal(rules_check(&nl, &one, &e), -ESTALE);
	assert_non_null(strstr(e.what, "chain"));
}

/* Each change is seen by check, and put right by restore. */
static void changed_by_a_stranger(void **state)
{
	static const char *const changes[] = {
		"flush chain inet guise postrouting",
		"flush chain inet guise forward",
		"flush set inet guise bridges",
		"flush set inet guise within",
		"flush set inet guise subnets",
		"add rule inet guise forward counter",
		"insert rule inet guise forward accept",
		"insert rule inet guise postrouting ip saddr @subnets accept comment \"guise outside\"",
		"flush chain inet guise postrouting; add rule inet guise postrouting ip saddr @subnets masquerade",
		"delete element inet guise bridges { guise0 }; add element inet guise bridges { guise0 comment "
		"other }",
		"delete element inet guise subnets { 10.10.0.0/24 }; add element inet guise subnets { "
		"10.10.0.0/25" COMMENT(MARK_ONE) " }",
		"flush set inet guise subnets; add element inet guise subnets { 10.10.0.0/24 }",
		"flush table inet guise",
		"flush ruleset",
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		assert_int_equal(rules_restore(&nl, &one, &e), 0);
		assert_int_equal(rules_check(&nl, &one, &e), 0);
		assert_ruleset(ONLY_ONE);
		nft_file(changes[i]);
		assert_true(rules_check(&nl, &one, &e) < 0);
		assert_true(str_eq(e.code, "nft-different") || str_eq(e.code, "nft-missing"));
	}
}

/* By a start, too, where it is what a firewall's reload, or a person, takes away. */
static void taken_away(void **state)
{
	static const char *const changes[] = { "flush ruleset", "flush table inet guise",
					       "flush chain inet guise forward",
					       "flush set inet guise bridges", "delete table inet guise" };

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		ensure(&one);
		ensure(&two);
		nft_file(changes[i]);
		ensure(&one);
		ensure(&two);
		delete (&two);
		assert_ruleset(ONLY_ONE);
	}
}

/* The same where a rule has guise's own user data no more, but its comment and words. */
static void what_a_start_believes(void **state)
{
	ensure(&one);
	nft("nft flush chain inet guise postrouting");
	nft("nft 'add rule inet guise postrouting ip saddr @subnets oif != lo oifname != @bridges masquerade comment "
	    "\"guise outside\"; add rule inet guise postrouting ip6 saddr @subnets6 oif != lo oifname != @bridges "
	    "masquerade comment \"guise outside\"'");
	assert_int_equal(rules_check(&nl, &one, &e), 0);
}

/* Elements left behind by a bridge that had another subnet or name are replaced. */
static void made_for_another_network(void **state)
{
	static const struct ip eleven[] = { NET(10, 11, 24) }, half[] = { NET(10, 10, 25) },
			       both[] = { NET(10, 11, 24), NET6(9, 64) };
	static const struct rules_network others[] = {
		{ MARK_ONE, "guise0", eleven, 1 },
		{ MARK_ONE, "guise0", half, 1 },
		{ MARK_ONE, "guise0", both, 2 },
		{ MARK_ONE, "guise7", subnets_one, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		ensure(&others[i]);
		assert_int_equal(rules_check(&nl, &one, &e), -ENOENT);
		ensure(&one);
		assert_ruleset(ONLY_ONE);
	}
}

/* More than fits into one transaction. */
static void very_much_left_behind(void **state)
{
	ensure(&one);
	nft("for i in $(seq 2 40); do echo \"add element inet guise subnets { 10.10.$i.0/24 comment \\\"" MARK_ONE
	    "\\\" }\"; done | nft -f -");
	nft("nft delete element inet guise within '{ " WITHIN("guise0") " }'");
	assert_int_equal(rules_restore(&nl, &one, &e), 0);
	assert_ruleset(ONLY_ONE);
}

static void what_is_not_guises(void **state)
{
	nft("nft 'add table inet guise; add chain inet guise postrouting'");
	assert_true(rules_ensure(&nl, &one, &e) < 0);
	assert_string_equal(e.code, "nft-change");
	assert_non_null(strstr(e.cause, "not guise's"));
	assert_ruleset("table inet guise {\n\tchain postrouting {\n\t}\n}\n");
}

/* Processes that ensure and delete without any lock, and one that changes the ruleset all the time:
 * nothing is lost, and nothing doubled. */
static void many_processes_at_once(void **state)
{
	enum { PROCESSES = 4, ROUNDS = 30 };
	static const struct ip subnet[] = { NET(10, 12, 24) };
	static const struct rules_network churn = { "guise churn", "guise2", subnet, 1 };
	int status;

	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		struct netlink own;

		if (nft_open(&own, &e) < 0)
			_exit(1);
		for (int i = 0; i < ROUNDS; i++) {
			if (rules_ensure(&own, p % 2 ? &one : &two, &e) < 0 ||
			    rules_ensure(&own, &churn, &e) < 0 || rules_delete(&own, churn.mark, &e) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(rules_check(&nl, &one, &e), 0);
	assert_int_equal(rules_check(&nl, &two, &e), 0);
	assert_int_equal(rules_check(&nl, &churn, &e), -ENOENT);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_repair_of_doctor_stays(void **state)
{
	ensure(&one);
	nft("nft 'insert rule inet guise forward iifname \"br0\" accept comment \"guise doctor: from br0\"'");
	ensure(&one);
	nft("nft list chain inet guise forward | grep -q 'guise doctor: from br0'");
	/* but not what anybody else puts there */
	nft("nft 'insert rule inet guise forward iifname \"br0\" accept comment \"mine\"'");
	assert_int_equal(rules_check(&nl, &one, &e), -ESTALE);
	ensure(&one);
	nft("! nft list chain inet guise forward | grep -q mine");
	delete (&one);
}

static void internal_ones(void **state)
{
	struct rules_network shut = two;

	shut.internal = true;
	ensure(&shut);
	assert_ruleset(ONLY_SHUT);
	assert_int_equal(rules_check(&nl, &two, &e), -ENOENT);
	/* and back, when it is defined anew */
	ensure(&two);
	assert_ruleset(ONLY_TWO);
	delete (&two);
}

static void open_ones(void **state)
{
	struct rules_network open = two;

	open.open = true;
	ensure(&open);
	assert_ruleset(ONLY_OPEN);
	assert_int_equal(rules_check(&nl, &two, &e), -ENOENT);
	ensure(&two);
	assert_ruleset(ONLY_TWO);
	ensure(&open);
	assert_ruleset(ONLY_OPEN);
	delete (&open);
}

static void routed_ones(void **state)
{
	struct rules_network routed = two;

	routed.routed = true;
	ensure(&routed);
	assert_ruleset(ONLY_ROUTED);
	assert_int_equal(rules_check(&nl, &two, &e), -ENOENT);
	ensure(&two);
	assert_ruleset(ONLY_TWO);
	ensure(&routed);
	assert_int_equal(rules_check(&nl, &routed, &e), 0);
	delete (&routed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(one_however_often),
		test(neighbours),
		test(the_table_goes_with_the_last_network),
		test(what_else_is_forwarded),
		test(strangers_tables_are_left_alone),
		test(made_by_hand),
		test(chain_of_another_kind),
		test(changed_by_a_stranger),
		test(taken_away),
		test(what_a_start_believes),
		test(made_for_another_network),
		test(very_much_left_behind),
		test(what_is_not_guises),
		test(a_repair_of_doctor_stays),
		test(internal_ones),
		test(open_ones),
		test(routed_ones),
		test(many_processes_at_once),
	};

	return cmocka_run_group_tests_name("net/rules", tests, NULL, NULL);
}
