/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not known, and when it matters. What is known is compared with the kernel by filter_root_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge/ebt_among.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/filter.h"

static struct arena arena;
static struct filter_result result;

#define VERDICT(v)                                                                                           \
	{                                                                                                    \
		.kind = "immediate", .verdict = (v)                                                          \
	}
#define GO(v, to)                                                                                            \
	{                                                                                                    \
		.kind = "immediate", .verdict = (v), .chain = (to)                                           \
	}
#define LIMIT                                                                                                \
	{                                                                                                    \
		.kind = "limit"                                                                              \
	}
#define STRANGE                                                                                              \
	{                                                                                                    \
		.kind = "newer", .dreg = 4                                                                   \
	}
#define RULE(...)                                                                                            \
	{                                                                                                    \
		.exprs = (struct world_expr[]){ __VA_ARGS__ },                                               \
		.n_exprs = ARRAY_LEN(((struct world_expr[]){ __VA_ARGS__ }))                                 \
	}
#define CHAIN(name_, policy_, ...)                                                                           \
	{                                                                                                    \
		.name = (name_), .type = "filter", .hook = NF_INET_FORWARD, .policy = (policy_),             \
		.rules = (struct world_nft_rule[]){ __VA_ARGS__ },                                           \
		.n_rules = ARRAY_LEN(((struct world_nft_rule[]){ __VA_ARGS__ }))                             \
	}

static enum filter_verdict run(struct world_chain *chains, size_t n)
{
	struct world_table t = { .family = NFPROTO_INET, .name = "t", .chains = chains, .n_chains = n };
	struct world_netns ns = { .tables = &t, .n_tables = 1 };
	struct packet p = { .proto = IPPROTO_TCP, .dport = 80 };

	for (size_t i = 1; i < n;
	     i++) /* only the first one is at a hook, unless it says so by its priority */
		chains[i].type = chains[i].priority ? "filter" : NULL;
	ip_parse("10.0.0.1", &p.src);
	ip_parse("10.0.0.2", &p.dst);
	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	return result.verdict;
}

static int clean(void **state)
{
	arena_free(&arena);
	arena = (struct arena){ 0 };
	return 0;
}

static void what_ends_alike_is_known(void **state)
{
	struct world_chain same = CHAIN("c", NF_ACCEPT, RULE(LIMIT, VERDICT(NF_ACCEPT)),
					RULE(VERDICT(NF_ACCEPT)));
	struct world_chain lost = CHAIN("c", NF_DROP, RULE(LIMIT, { .kind = "reject" }));
	struct world_chain logs = CHAIN("c", NF_ACCEPT, RULE(LIMIT, { .kind = "log" }));

	assert_int_equal(run(&same, 1), FILTER_ACCEPT);
	assert_int_equal(run(&lost, 1), FILTER_DROP);
	assert_true(result.by_policy);
	assert_int_equal(run(&logs, 1), FILTER_ACCEPT);
}

static void what_may_end_otherwise_is_not(void **state)
{
	struct world_chain c = CHAIN("c", NF_ACCEPT, RULE(LIMIT, VERDICT(NF_DROP)));
	struct world_chain strange = CHAIN("c", NF_ACCEPT, RULE(STRANGE, VERDICT(NF_DROP)));
	struct world_chain returns = CHAIN("c", NF_ACCEPT, RULE(LIMIT, VERDICT(NFT_RETURN)),
					   RULE(VERDICT(NF_DROP)));
	struct world_chain same = CHAIN("c", NF_DROP, RULE(LIMIT, VERDICT(NFT_RETURN)),
					RULE(VERDICT(NF_DROP)));
	struct world_chain jumps[] = { CHAIN("c", NF_ACCEPT, RULE(LIMIT, GO(NFT_JUMP, "d"))),
				       CHAIN("d", NF_ACCEPT, RULE(VERDICT(NF_DROP))) };

	assert_int_equal(run(&c, 1), FILTER_UNKNOWN);
	assert_string_equal(result.reason, "it has a limit");
	assert_int_equal(run(&strange, 1), FILTER_UNKNOWN);
	assert_string_equal(result.reason, "it has an expression that is not known");
	assert_int_equal(run(&returns, 1), FILTER_UNKNOWN);
	assert_int_equal(run(&same, 1), FILTER_DROP);
	assert_int_equal(run(jumps, 2), FILTER_UNKNOWN);
	assert_string_equal(result.place.chain, "d");
}

static void a_later_chain_that_drops_surely_decides(void **state)
{
	struct world_chain chains[] = { CHAIN("c", NF_ACCEPT, RULE(LIMIT, VERDICT(NF_DROP))),
					CHAIN("d", NF_ACCEPT, RULE(VERDICT(NF_DROP))) };

	chains[1].priority = 5;
	assert_int_equal(run(chains, 2), FILTER_DROP);
	assert_string_equal(result.object, "nft inet t d");
}

static void jumps_without_end_are_given_up(void **state)
{
	struct world_chain chains[] = {
		CHAIN("c", NF_ACCEPT, RULE(GO(NFT_JUMP, "d")), RULE(VERDICT(NF_DROP))),
		CHAIN("d", NF_ACCEPT, RULE(LIMIT, GO(NFT_JUMP, "d")), RULE(LIMIT, GO(NFT_GOTO, "c"))),
	};

	assert_int_equal(run(chains, 2), FILTER_UNKNOWN);
}

static void rules_that_were_not_read_are_not_none(void **state)
{
	struct world_netns ns = { .rules_unread = true };
	struct packet p = { .proto = IPPROTO_TCP };

	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	assert_int_equal(result.verdict, FILTER_UNKNOWN);
	assert_non_null(result.reason);
}

/* A repair goes by it: names can hold anything, and what is printed of them is something else. */
static void where_it_ended_is_told_by_the_kernels_names(void **state)
{
	struct world_chain chains[] = { CHAIN("a b", NF_ACCEPT, RULE(GO(NFT_JUMP, "d"))),
					CHAIN("d", NF_ACCEPT, RULE(VERDICT(NF_DROP))) };
	struct world_chain drops = CHAIN("a\nb", NF_DROP);

	chains[1].rules[0].handle = 7;
	assert_int_equal(run(chains, 2), FILTER_DROP);
	assert_string_equal(result.place.tool, "nft");
	assert_int_equal(result.place.family, NFPROTO_INET);
	assert_string_equal(result.place.table, "t");
	assert_string_equal(result.place.base, "a b");
	assert_string_equal(result.place.chain, "d");
	assert_int_equal(result.place.handle, 7);
	assert_int_equal(run(&drops, 1), FILTER_DROP);
	assert_string_equal(result.place.base, "a\nb");
	assert_null(result.place.chain);
}

/* Two lists, of who sends and of whom it is for; of one there is no more than its head. */
static enum filter_verdict among(const uint8_t *info, size_t n, uint8_t last)
{
	struct world_expr match = { .kind = "match", .name = "among", .info = { info, n } };
	struct world_chain c = CHAIN("c", NF_ACCEPT, RULE(match, VERDICT(NF_DROP)));
	struct world_table t = { .family = NFPROTO_BRIDGE, .name = "t", .chains = &c, .n_chains = 1 };
	struct world_netns ns = { .tables = &t, .n_tables = 1 };
	struct packet p = { .known = PACKET_MACS, .src_mac = { 2, 0, 0, 0, 1, last } };

	ip_parse("10.0.0.1", &p.src);
	ip_parse("10.0.0.2", &p.dst);
	filter_hook(&ns, NFPROTO_BRIDGE, NF_INET_FORWARD, &p, &arena, &result);
	return result.verdict;
}

static void a_list_of_macs_is_read(void **state)
{
	struct {
		struct ebt_among_info info;
		int table[257], poolsize;
		struct ebt_mac_wormhash_tuple pool[2];
	} i = { .info.wh_src_ofs = sizeof(struct ebt_among_info), .poolsize = 2 };
	const uint8_t *v = (const uint8_t *)&i, any[6] = { 2, 0, 0, 0, 1, 2 }, one[6] = { 2, 0, 0, 0, 1, 3 };

	memcpy((uint8_t *)i.pool[0].cmp + 2, any, 6);
	memcpy((uint8_t *)i.pool[1].cmp + 2, one, 6);
	i.pool[1].ip = htonl(0x0a000009); /* 10.0.0.9, which does not send */
	assert_int_equal(among(v, sizeof(i), 2), FILTER_DROP);
	assert_int_equal(among(v, sizeof(i), 3), FILTER_ACCEPT);
	assert_int_equal(among(v, sizeof(i), 4), FILTER_ACCEPT);
	i.pool[1].ip = htonl(0x0a000001);
	assert_int_equal(among(v, sizeof(i), 3), FILTER_DROP);
	i.info.bitmask = EBT_AMONG_SRC_NEG;
	assert_int_equal(among(v, sizeof(i), 3), FILTER_ACCEPT);
	assert_int_equal(among(v, sizeof(i), 4), FILTER_DROP);
	/* one that lies */
	i.poolsize = 1 << 30;
	assert_int_equal(among(v, sizeof(i), 2), FILTER_UNKNOWN);
	i.info.wh_src_ofs = -4;
	assert_int_equal(among(v, sizeof(i), 2), FILTER_UNKNOWN);
	i.info.wh_src_ofs = sizeof(i);
	assert_int_equal(among(v, sizeof(i), 2), FILTER_UNKNOWN);
}

/* It matters only to whom a socket could be. */
static void a_socket_that_is_none_is_known(void **state)
{
	struct world_chain c = CHAIN("c", NF_ACCEPT, RULE({ .kind = "socket" }, VERDICT(NF_DROP)));
	struct world_table t = { .family = NFPROTO_INET, .name = "t", .chains = &c, .n_chains = 1 };
	struct world_socket listens = { .proto = IPPROTO_TCP, .port = 22, .ip.family = AF_INET };
	struct world_link in = { .name = "eth0", .index = 2 };
	struct world_netns ns = { .tables = &t, .n_tables = 1, .sockets = &listens, .n_sockets = 1 };
	struct packet p = { .proto = IPPROTO_TCP, .dport = 80, .in = &in };

	ip_parse("10.0.0.1", &p.src);
	ip_parse("10.0.0.2", &p.dst);
	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	assert_int_equal(result.verdict, FILTER_ACCEPT);
	listens.port = 80;
	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	assert_int_equal(result.verdict, FILTER_UNKNOWN);
	ip_parse("10.9.9.9", &listens.ip);
	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	assert_int_equal(result.verdict, FILTER_ACCEPT);
	ns.n_sockets = 0; /* they may not have been read */
	filter_hook(&ns, NFPROTO_IPV4, NF_INET_FORWARD, &p, &arena, &result);
	assert_int_equal(result.verdict, FILTER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_list_of_macs_is_read, clean),
		cmocka_unit_test_teardown(a_socket_that_is_none_is_known, clean),
		cmocka_unit_test_teardown(what_ends_alike_is_known, clean),
		cmocka_unit_test_teardown(what_may_end_otherwise_is_not, clean),
		cmocka_unit_test_teardown(a_later_chain_that_drops_surely_decides, clean),
		cmocka_unit_test_teardown(jumps_without_end_are_given_up, clean),
		cmocka_unit_test_teardown(rules_that_were_not_read_are_not_none, clean),
		cmocka_unit_test_teardown(where_it_ended_is_told_by_the_kernels_names, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
