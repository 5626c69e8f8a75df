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

#include "kernel/nft.h"

/* What the kernel has is read back with nft(8), and strangers' changes are made with it. */

static const struct nft_masquerade one = {"guise bridge", "guise0", {0x0a0a0000, 24}};
static const struct nft_masquerade two = {"guise lab", "guise1", {0x0a0b0000, 20}};

#define HEAD                                                                                                 \
	"table ip guise {\n\tchain postrouting {\n"                                                          \
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
#define RULE_ONE "\t\tip saddr 10.10.0.0/24 oifname != \"guise0\" masquerade comment \"guise bridge\"\n"
#define RULE_TWO "\t\tip saddr 10.11.0.0/20 oifname != \"guise1\" masquerade comment \"guise lab\"\n"
#define TAIL "\t}\n}\n"

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

static void ensure(const struct nft_masquerade *nat)
{
	assert_int_equal(nft_masquerade_ensure(&nl, nat, &e), 0);
	assert_int_equal(nft_masquerade_check(&nl, nat, &e), 0);
}

static void one_rule_however_often(void **state)
{
	ensure(&one);
	ensure(&one);
	assert_ruleset(HEAD RULE_ONE TAIL);
	ensure(&two);
	ensure(&one);
	assert_ruleset(HEAD RULE_ONE RULE_TWO TAIL);
}

static void the_table_goes_with_the_last_rule(void **state)
{
	ensure(&one);
	ensure(&two);
	assert_int_equal(nft_masquerade_delete(&nl, "guise bridge", &e), 0);
	assert_int_equal(nft_masquerade_delete(&nl, "guise bridge", &e), 0);
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ENOENT);
	assert_ruleset(HEAD RULE_TWO TAIL);
	assert_int_equal(nft_masquerade_delete(&nl, "guise lab", &e), 0);
	assert_int_equal(nft_masquerade_delete(&nl, "guise lab", &e), 0);
	assert_ruleset("");
}

static void strangers_tables_are_left_alone(void **state)
{
	static const char stranger[] = "table ip filter {\n\tchain forward {\n"
				       "\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n";

	nft("nft 'add table ip filter; add chain ip filter forward "
	    "{ type filter hook forward priority 0; policy drop; }'");
	ensure(&one);
	assert_int_equal(nft_masquerade_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset(stranger);
	assert_int_equal(nft_masquerade_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset(stranger);
}

/* The command that is printed for a person makes the very rule. */
static void made_by_hand(void **state)
{
	nft("nft 'add table ip guise; add chain ip guise postrouting "
	    "{ type nat hook postrouting priority srcnat; policy accept; }; "
	    "add rule ip guise postrouting ip saddr 10.10.0.0/24 oifname != \"guise0\" masquerade "
	    "comment \"guise bridge\"; "
	    "add rule ip guise postrouting ip saddr 10.11.0.0/20 oifname != \"guise1\" masquerade "
	    "comment \"guise lab\"'");
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), 0);
	assert_int_equal(nft_masquerade_check(&nl, &two, &e), 0);
	ensure(&one);
	assert_ruleset(HEAD RULE_ONE RULE_TWO TAIL); /* not replaced: it would be the last one then */
}

static void chain_of_another_kind(void **state)
{
	nft("nft 'add table ip guise; add chain ip guise postrouting { type nat hook postrouting priority "
	    "-5; }; "
	    "add rule ip guise postrouting ip saddr 10.10.0.0/24 oifname != guise0 masquerade "
	    "comment \"guise bridge\"'");
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ESTALE);
	assert_non_null(strstr(e.what, "chain"));
}

/* Each change is seen by check, and put right by ensure. */
static void changed_by_a_stranger(void **state)
{
	static const char *const rules[] = {
	    "ip saddr 10.10.0.0/24 oifname != guise9 masquerade",
	    "ip saddr 10.10.0.0/24 masquerade",
	    "ip saddr 10.10.0.0/25 oifname != guise0 masquerade",
	    "ip saddr 10.10.0.0/24 oifname != guise0 counter masquerade",
	    "ip saddr 10.10.0.0/24 oifname guise0 masquerade",
	    "ip saddr 10.10.0.0/24 oifname != guise0 masquerade random",
	    "ip saddr 10.10.0.0/24 oifname != guise0 accept",
	};
	char command[256];

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		ensure(&one);
		snprintf(
		    command, sizeof(command),
		    "nft 'flush chain ip guise postrouting; add rule ip guise postrouting %s comment \"%s\"'",
		    rules[i], one.comment);
		nft(command);
		assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ESTALE);
		assert_string_equal(e.code, "nft-different");
		ensure(&one);
		assert_ruleset(HEAD RULE_ONE TAIL);
	}
}

/* A rule left behind by a bridge that had another subnet or name is replaced. */
static void made_for_another_network(void **state)
{
	static const struct nft_masquerade others[] = {
	    {"guise bridge", "guise0", {0x0a0b0000, 24}},
	    {"guise bridge", "guise0", {0x0a0a0000, 25}},
	    {"guise bridge", "guise7", {0x0a0a0000, 24}},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ensure(&others[i]);
		assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ESTALE);
		ensure(&one);
		assert_ruleset(HEAD RULE_ONE TAIL);
	}
}

static void doubled_flushed_and_replaced(void **state)
{
	ensure(&one);
	for (int i = 0; i < 7; i++)
		nft("nft 'add rule ip guise postrouting ip saddr 10.10.0.0/24 oifname != guise0 masquerade "
		    "comment \"guise bridge\"'");
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ESTALE);
	ensure(&one);
	assert_ruleset(HEAD RULE_ONE TAIL);

	nft("nft flush ruleset"); /* as a firewall's reload does */
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), -ENOENT);
	ensure(&one);
	assert_ruleset(HEAD RULE_ONE TAIL);

	nft("nft flush table ip guise");
	assert_int_equal(nft_masquerade_delete(&nl, "guise bridge", &e), 0);
	assert_ruleset("");

	nft("nft 'add table ip guise; add chain ip guise postrouting'");
	assert_true(nft_masquerade_ensure(&nl, &one, &e) < 0);
	assert_string_equal(e.code, "nft-change");
	assert_non_null(strstr(e.cause, "chain postrouting"));
	assert_ruleset("table ip guise {\n\tchain postrouting {\n\t}\n}\n");
}

/* Processes that ensure and delete without any lock, and a stranger who changes the ruleset all the time:
 * no rule is lost, and none doubled. */
static void many_processes_at_once(void **state)
{
	enum { PROCESSES = 4, ROUNDS = 30 };
	static const struct nft_masquerade churn = {"guise churn", "guise2", {0x0a0c0000, 24}};
	int status;

	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		struct netlink own;

		if (nft_open(&own, &e) < 0)
			_exit(1);
		for (int i = 0; i < ROUNDS; i++) {
			if (nft_masquerade_ensure(&own, p % 2 ? &one : &two, &e) < 0 ||
			    nft_masquerade_ensure(&own, &churn, &e) < 0 ||
			    nft_masquerade_delete(&own, churn.comment, &e) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(nft_masquerade_check(&nl, &one, &e), 0);
	assert_int_equal(nft_masquerade_check(&nl, &two, &e), 0);
	assert_int_equal(nft_masquerade_check(&nl, &churn, &e), -ENOENT);
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
	    test(many_processes_at_once),
	    test(made_by_hand),
	    test(chain_of_another_kind),
	};

	return cmocka_run_group_tests_name("kernel/nft", tests, NULL, NULL);
}
