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

#include "kernel/net/nft.h"

#define NET(a, b, len_)                                                                                      \
	{                                                                                                    \
		.family = AF_INET, .len = (len_), .bytes = {(a), (b) }                                       \
	}

/* What the kernel has is read back with nft(8), and strangers' changes are made with it. */

static const struct nft_network one = { "guise bridge", "guise0", NET(10, 10, 24) };
static const struct nft_network two = { "guise lab", "guise1", NET(10, 11, 20) };

#define TABLE(nat, forward)                                                                                  \
	"table ip guise {\n\tchain postrouting {\n"                                                          \
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n" nat "\t}\n\n\tchain forward {\n"   \
	"\t\ttype filter hook forward priority filter; policy accept;\n" forward "\t}\n}\n"
#define MASQUERADE_ONE "ip saddr 10.10.0.0/24 oifname != \"guise0\" masquerade comment \"guise bridge\""
#define MASQUERADE_TWO "ip saddr 10.11.0.0/20 oifname != \"guise1\" masquerade comment \"guise lab\""
#define GUARD_ONE                                                                                            \
	"iifname != \"guise0\" oifname \"guise0\" ct state invalid,new,untracked drop comment \"guise bridge\""
#define GUARD_TWO                                                                                            \
	"iifname != \"guise1\" oifname \"guise1\" ct state invalid,new,untracked drop comment \"guise lab\""
#define OTHERS     "iifname != \"guise*\" oifname != \"guise*\" drop comment \"guise forwarding\""
#define LINE(rule) "\t\t" rule "\n"
#define ONLY_ONE   TABLE(LINE(MASQUERADE_ONE), LINE(GUARD_ONE))
#define ONLY_TWO   TABLE(LINE(MASQUERADE_TWO), LINE(GUARD_TWO))
#define BOTH       TABLE(LINE(MASQUERADE_ONE) LINE(MASQUERADE_TWO), LINE(GUARD_ONE) LINE(GUARD_TWO))

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

static void ensure(const struct nft_network *nat)
{
	assert_int_equal(nft_network_ensure(&nl, nat, &e), 0);
	assert_int_equal(nft_network_check(&nl, nat, &e), 0);
}

static void one_rule_however_often(void **state)
{
	ensure(&one);
	ensure(&one);
	assert_ruleset(ONLY_ONE);
	ensure(&two);
	ensure(&one);
	assert_ruleset(BOTH);
}

static void the_table_goes_with_the_last_rule(void **state)
{
	ensure(&one);
	ensure(&two);
	assert_int_equal(nft_network_delete(&nl, "guise bridge", &e), 0);
	assert_int_equal(nft_network_delete(&nl, "guise bridge", &e), 0);
	assert_int_equal(nft_network_check(&nl, &one, &e), -ENOENT);
	assert_ruleset(ONLY_TWO);
	assert_int_equal(nft_network_delete(&nl, "guise lab", &e), 0);
	assert_int_equal(nft_network_delete(&nl, "guise lab", &e), 0);
	assert_ruleset("");
}

/* The word that forwarding is to be switched off again: it goes with the table. */
static void what_else_is_forwarded(void **state)
{
	bool ends = true;

	ensure(&one);
	assert_int_equal(nft_forwarding_ends(&nl, one.comment, &ends, &e), 0);
	assert_false(ends); /* it was on before */
	assert_int_equal(nft_forwarding_ensure(&nl, &e), 0);
	assert_int_equal(nft_forwarding_ensure(&nl, &e), 0);
	assert_ruleset(TABLE(LINE(MASQUERADE_ONE), LINE(GUARD_ONE) LINE(OTHERS)));
	ensure(&one);
	ensure(&two);
	assert_int_equal(nft_forwarding_ends(&nl, one.comment, &ends, &e), 0);
	assert_false(ends);
	assert_int_equal(nft_network_delete(&nl, one.comment, &e), 0);
	assert_ruleset(TABLE(LINE(MASQUERADE_TWO), LINE(OTHERS) LINE(GUARD_TWO)));
	assert_int_equal(nft_forwarding_ends(&nl, two.comment, &ends, &e), 0);
	assert_true(ends);
	assert_int_equal(nft_network_delete(&nl, two.comment, &e), 0);
	assert_ruleset("");
}

static void strangers_tables_are_left_alone(void **state)
{
	static const char stranger[] = "table ip filter {\n\tchain forward {\n"
				       "\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n";

	nft("nft 'add table ip filter; add chain ip filter forward "
	    "{ type filter hook forward priority 0; policy drop; }'");
	ensure(&one);
	assert_int_equal(nft_network_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset(stranger);
	assert_int_equal(nft_network_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset(stranger);
}

/* The command that is printed for a person makes the very rule. */
static void made_by_hand(void **state)
{
	FILE *f = popen("nft -f -", "we");

	assert_non_null(f);
	fputs(BOTH, f);
	assert_int_equal(pclose(f), 0);
	assert_int_equal(nft_network_check(&nl, &one, &e), 0);
	assert_int_equal(nft_network_check(&nl, &two, &e), 0);
	ensure(&one);
	assert_ruleset(BOTH); /* not replaced: it would be the last one then */
}

static void chain_of_another_kind(void **state)
{
	nft("nft 'add table ip guise; add chain ip guise postrouting { type nat hook postrouting priority -5; }; "
	    "add chain ip guise forward { type filter hook forward priority 0; }; "
	    "add rule ip guise postrouting " MASQUERADE_ONE "; add rule ip guise forward " GUARD_ONE "'");
	assert_int_equal(nft_network_check(&nl, &one, &e), -ESTALE);
	assert_non_null(strstr(e.what, "chain"));
}

/* Each change is seen by check, and put right by ensure. */
static void changed_by_a_stranger(void **state)
{
	static const struct {
		const char *chain, *rule;
	} changed[] = {
		{ "postrouting", "ip saddr 10.10.0.0/24 oifname != guise9 masquerade" },
		{ "postrouting", "ip saddr 10.10.0.0/24 masquerade" },
		{ "postrouting", "ip saddr 10.10.0.0/25 oifname != guise0 masquerade" },
		{ "postrouting", "ip saddr 10.10.0.0/24 oifname != guise0 counter masquerade" },
		{ "postrouting", "ip saddr 10.10.0.0/24 oifname guise0 masquerade" },
		{ "postrouting", "ip saddr 10.10.0.0/24 oifname != guise0 masquerade random" },
		{ "postrouting", "ip saddr 10.10.0.0/24 oifname != guise0 accept" },
		{ "forward", "iifname != guise0 oifname guise0 ct state invalid,new,untracked accept" },
		{ "forward", "iifname != guise0 oifname guise0 ct state invalid drop" },
		{ "forward", "iifname != guise0 oifname guise9 ct state invalid,new,untracked drop" },
	};
	char command[256];

	for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++) {
		ensure(&one);
		snprintf(command, sizeof(command),
			 "nft 'flush chain ip guise %s; add rule ip guise %s %s comment \"%s\"'",
			 changed[i].chain, changed[i].chain, changed[i].rule, one.comment);
		nft(command);
		assert_int_equal(nft_network_check(&nl, &one, &e), -ESTALE);
		assert_string_equal(e.code, "nft-different");
		ensure(&one);
		assert_ruleset(ONLY_ONE);
	}
}

/* A rule left behind by a bridge that had another subnet or name is replaced. */
static void made_for_another_network(void **state)
{
	static const struct nft_network others[] = {
		{ "guise bridge", "guise0", NET(10, 11, 24) },
		{ "guise bridge", "guise0", NET(10, 10, 25) },
		{ "guise bridge", "guise7", NET(10, 10, 24) },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ensure(&others[i]);
		assert_int_equal(nft_network_check(&nl, &one, &e), -ESTALE);
		ensure(&one);
		assert_ruleset(ONLY_ONE);
	}
}

static void doubled_flushed_and_replaced(void **state)
{
	ensure(&one);
	for (int i = 0; i < 7; i++)
		nft("nft 'add rule ip guise postrouting ip saddr 10.10.0.0/24 oifname != guise0 masquerade "
		    "comment \"guise bridge\"'");
	assert_int_equal(nft_network_check(&nl, &one, &e), -ESTALE);
	ensure(&one);
	assert_ruleset(ONLY_ONE);

	nft("nft flush ruleset"); /* as a firewall's reload does */
	assert_int_equal(nft_network_check(&nl, &one, &e), -ENOENT);
	ensure(&one);
	assert_ruleset(ONLY_ONE);

	nft("nft flush table ip guise");
	assert_int_equal(nft_network_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset("");

	nft("nft 'add table ip guise; add chain ip guise postrouting'");
	assert_true(nft_network_ensure(&nl, &one, &e) < 0);
	assert_string_equal(e.code, "nft-change");
	assert_non_null(strstr(e.cause, "chain postrouting"));
	assert_ruleset("table ip guise {\n\tchain postrouting {\n\t}\n}\n");
}

/* Processes that ensure and delete without any lock, and a stranger who changes the ruleset all the time:
 * no rule is lost, and none doubled. */
static void many_processes_at_once(void **state)
{
	enum { PROCESSES = 4, ROUNDS = 30 };
	static const struct nft_network churn = { "guise churn", "guise2", NET(10, 12, 24) };
	int status;

	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		struct netlink own;

		if (nft_open(&own, &e) < 0)
			_exit(1);
		for (int i = 0; i < ROUNDS; i++) {
			if (nft_network_ensure(&own, p % 2 ? &one : &two, &e) < 0 ||
			    nft_network_ensure(&own, &churn, &e) < 0 ||
			    nft_network_delete(&own, churn.comment, &e) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(nft_network_check(&nl, &one, &e), 0);
	assert_int_equal(nft_network_check(&nl, &two, &e), 0);
	assert_int_equal(nft_network_check(&nl, &churn, &e), -ENOENT);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(one_rule_however_often),
		test(the_table_goes_with_the_last_rule),
		test(strangers_tables_are_left_alone),
		test(changed_by_a_stranger),
		test(made_for_another_network),
		test(doubled_flushed_and_replaced),
		test(what_else_is_forwarded),
		test(many_processes_at_once),
		test(made_by_hand),
		test(chain_of_another_kind),
	};

	return cmocka_run_group_tests_name("kernel/net/nft", tests, NULL, NULL);
}
