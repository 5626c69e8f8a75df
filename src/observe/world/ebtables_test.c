/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/rules.h"

/* A block as the kernel would give it: chains, and rules with a standard target. */
static _Alignas(8) char blob[4096];
static size_t len;

static size_t add_chain(const char *name, int policy)
{
	struct ebt_entries *c = (void *)(blob + len);
	size_t at = len;

	strcpy(c->name, name);
	c->policy = policy;
	len += sizeof(*c);
	return at;
}

static struct ebt_entry *add_rule(int verdict)
{
	struct ebt_entry *en = (void *)(blob + len);
	struct ebt_standard_target *t = (void *)en->elems;

	en->bitmask = EBT_ENTRY_OR_ENTRIES | EBT_NOPROTO;
	en->watchers_offset = en->target_offset = sizeof(*en);
	en->next_offset = sizeof(*en) + sizeof(*t);
	strcpy(t->target.u.name, EBT_STANDARD_TARGET);
	t->target.target_size = sizeof(*t) - sizeof(t->target);
	t->verdict = verdict;
	len += en->next_offset;
	return en;
}

static void fill(void)
{
	struct ebt_entry *en;

	memset(blob, 0, sizeof(blob));
	len = 0;
	add_chain("INPUT", EBT_ACCEPT);
	add_chain("FORWARD", EBT_DROP);
	en = add_rule(0);
	strcpy(en->in, "veth\1");
	en->bitmask = EBT_ENTRY_OR_ENTRIES | EBT_SOURCEMAC;
	en->ethproto = htons(0x0800);
	memcpy(en->sourcemac, "\2\0\0\0\0\1", 6);
	memset(en->sourcemsk, 0xff, 6);
	struct ebt_standard_target *t = (void *)en->elems;

	add_rule(EBT_ACCEPT);
	add_chain("OUTPUT", EBT_ACCEPT);
	t->verdict = (int)add_chain("mine", EBT_ACCEPT);
	add_rule(EBT_RETURN);
	add_rule(EBT_DROP);
}

static const unsigned hooks = 1u << NF_INET_LOCAL_IN | 1u << NF_INET_FORWARD | 1u << NF_INET_LOCAL_OUT;

static void a_block_is_chains_and_rules(void **state)
{
	struct arena a = { 0 };
	struct world_xt_table t = { 0 };

	fill();
	ebtables_parse(&a, hooks, blob, len, &t);
	assert_int_equal(t.n_chains, 4);
	assert_string_equal(t.chains[0].name, "INPUT");
	assert_true(t.chains[1].is_base);
	assert_int_equal(t.chains[1].hook, NF_INET_FORWARD);
	assert_int_equal(t.chains[1].policy, NF_DROP);
	assert_int_equal(t.chains[1].n_rules, 2);
	assert_string_equal(t.chains[1].rules[0].chain, "mine");
	assert_string_equal(t.chains[1].rules[0].in, "veth+");
	assert_int_equal(t.chains[1].rules[0].proto, 0x0800);
	assert_int_equal(t.chains[1].rules[0].source_mac.n, 6);
	assert_int_equal(t.chains[1].rules[1].verdict, -NF_ACCEPT - 1);
	assert_int_equal(t.chains[2].hook, NF_INET_LOCAL_OUT);
	assert_false(t.chains[3].is_base);
	assert_int_equal(t.chains[3].rules[0].verdict, XT_RETURN);
	assert_int_equal(t.chains[3].rules[1].verdict, -NF_DROP - 1);
	arena_free(&a);
}

static void a_broken_block_does_no_harm(void **state)
{
	struct arena a = { 0 };

	fill();
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit += 7) {
			struct world_xt_table t = { 0 };
			size_t n = len - (i % 7) * 4;
			char *copy = malloc(n);

			memcpy(copy, blob, n);
			if (i < n)
				copy[i] ^= 1 << bit;
			ebtables_parse(&a, hooks, copy, n, &t);
			free(copy);
		}
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_chains_and_rules),
		cmocka_unit_test(a_broken_block_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
