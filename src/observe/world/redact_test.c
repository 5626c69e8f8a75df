/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/read.h"
#include "observe/world/redact.h"

static struct arena arena;
static struct redact r;

static int start(void **state)
{
	redact_start(&r, &arena);
	return 0;
}

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return redact_ip(&r, ip);
}

static bool within(struct ip net, struct ip addr)
{
	addr.len = net.len;
	return ip_same(ip_network(addr), net);
}

static void an_address_stays_in_its_network(void **state)
{
	static const char *const pairs[][2] = {
		{ "10.10.0.0/24", "10.10.0.7" },
		{ "10.10.0.0/16", "10.10.3.7" },
		{ "172.17.0.0/16", "172.17.0.2" },
		{ "192.168.5.128/25", "192.168.5.200" },
		{ "8.8.0.0/16", "8.8.8.8" },
		{ "fd00:1:2:3::/64", "fd00:1:2:3::9" },
		{ "2001:db8::/32", "2001:db8:5::77:8899:aabb" },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct ip net = ip(pairs[i][0]), addr = ip(pairs[i][1]), was;

		ip_parse(pairs[i][1], &was);
		assert_false(ip_same(addr, was));
		assert_true(ip_same(net, ip_network(net)));
		if (!within(net, addr))
			fail_msg("%s is no longer in %s", pairs[i][1], pairs[i][0]);
	}
	assert_false(within(ip("10.10.0.0/24"), ip("10.10.1.7")));
}

static void the_class_and_the_last_byte_stay(void **state)
{
	static const char *const kept[] = { "127.0.0.1", "0.0.0.0/0", "224.0.0.1", "::1", "::", "ff02::1" };
	char text[IP_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		struct ip was;

		ip_parse(kept[i], &was);
		assert_true(ip_equal(ip(kept[i]), was));
	}
	assert_int_equal(ip("10.1.2.3").bytes[0], 10);
	assert_int_equal(ip("10.1.2.3").bytes[3], 3);
	assert_int_equal(ip("172.17.0.1").bytes[1] >> 4, 1);
	assert_memory_equal(ip_text(ip("192.168.0.1"), text), "192.168.", 8);
	assert_memory_equal(ip_text(ip("fe80::1234:56ff:fe78:9abc"), text), "fe80::", 6);
}

static void words_keep_what_they_have_in_common(void **state)
{
	const char *one = redact_text(&r, "veth12-br"), *other = redact_text(&r, "veth1x");

	assert_int_equal(strlen(one), 9);
	assert_int_equal(one[6], '-');
	assert_memory_equal(one, other, 5); /* "veth1" */
	for (size_t i = 0; i < 9; i++)
		assert_true(i == 6 || one[i] != "veth12-br"[i]);
	assert_string_equal(redact_text(&r, "lo"), "lo");
	assert_string_equal(redact_text(&r, "/proc/12/ns/net"), "/proc/12/ns/net");
	assert_string_equal(redact_text(&r, "/run/netns/veth12-br"),
			    arena_printf(&arena, "/run/netns/%s", one));
	assert_string_equal(redact_setting_name(&r, "net.ipv4.conf.veth12-br.rp_filter"),
			    arena_printf(&arena, "net.ipv4.conf.%s.rp_filter", one));
	assert_string_equal(redact_setting_name(&r, "net.ipv4.ip_forward"), "net.ipv4.ip_forward");
	assert_string_equal(redact_options(&r, "rw,size=64k,nr=1"), "rw,size=64k,nr=1");
	assert_null(strstr(redact_options(&r, "rw,lowerdir=/srv/secret"), "secret"));
}

static void addresses_within_text(void **state)
{
	char text[IP_TEXT];

	assert_string_equal(redact_text(&r, "10.10.0.7"), ip_text(ip("10.10.0.7"), text));
	assert_string_equal(redact_text(&r, "10.10.0.0/24"), ip_net_text(ip("10.10.0.0/24"), text));
	assert_null(strstr(redact_text(&r, "to 10.10.4.7 and fd77:1::1, 02:42:0a:0a:00:02."), "10.10.4.7"));
	assert_null(strstr(redact_text(&r, "to 10.10.4.7 and fd77:1::1, 02:42:0a:0a:00:02."), "fd77:1"));
	assert_null(strstr(redact_text(&r, "to 10.10.4.7 and fd77:1::1, 02:42:0a:0a:00:02."), "02:42:0a"));
}

/* ---- rules ---- */

static struct world_bytes bytes(size_t n, const uint8_t *v)
{
	return (struct world_bytes){ memcpy(arena_alloc(&arena, n), v, n), n };
}

#define BYTES(...) bytes(sizeof((uint8_t[]){ __VA_ARGS__ }), (uint8_t[]){ __VA_ARGS__ })

static void what_is_compared_with_an_address(void **state)
{
	struct world_expr exprs[] = {
		{ .kind = "meta", .key = 6, .dreg = 4 },
		{ .kind = "cmp", .sreg = 4, .data = BYTES('v', 'e', 't', 'h') },
		{ .kind = "payload", .base = 1, .offset = 12, .len = 3, .dreg = 4 }, /* ip saddr of /24 */
		{ .kind = "cmp", .sreg = 4, .data = BYTES(10, 10, 0) },
		{ .kind = "payload", .base = 1, .offset = 16, .len = 4, .dreg = 4 },
		{ .kind = "bitwise", .sreg = 4, .dreg = 4, .data = BYTES(255, 255, 0, 0) },
		{ .kind = "cmp", .sreg = 4, .data = BYTES(172, 17, 0, 0) },
		{ .kind = "immediate", .dreg = 4, .data = BYTES(10, 10, 0, 2) },
		{ .kind = "nat", .sreg = 4 },
		{ .kind = "payload", .base = 2, .offset = 2, .len = 2, .dreg = 4 }, /* a port */
		{ .kind = "cmp", .sreg = 4, .data = BYTES(0, 80) },
	};
	struct world_nft_rule rule = { .exprs = exprs, .n_exprs = ARRAY_LEN(exprs) };
	struct world_chain chain = { .name = "c", .rules = &rule, .n_rules = 1 };
	struct world_table table = { .name = "t", .chains = &chain, .n_chains = 1 };

	redact_table(&r, &table);
	assert_memory_equal(exprs[1].data.v, redact_text(&r, "veth1"), 4);
	assert_memory_equal(exprs[3].data.v, ip("10.10.0.0/24").bytes, 3);
	assert_memory_equal(exprs[6].data.v, ip("172.17.0.0/16").bytes, 4);
	assert_memory_equal(exprs[7].data.v, ip("10.10.0.2").bytes, 4);
	assert_memory_equal(exprs[10].data.v, ((uint8_t[]){ 0, 80 }), 2);
}

static void intervals_stay_networks(void **state)
{
	struct world_element el[] = {
		{ .key = BYTES(172, 18, 0, 0), .flags = 1 }, { .key = BYTES(172, 17, 0, 0) },
		{ .key = BYTES(10, 10, 17, 0), .flags = 1 }, { .key = BYTES(10, 10, 16, 0) },
		{ .key = BYTES(0, 0, 0, 0), .flags = 1 },
	};
	struct world_set set = {
		.name = "s", .flags = 4, .key_type = 7, .key_len = 4, .elements = el, .n_elements = 5
	};
	struct world_table table = { .name = "t", .sets = &set, .n_sets = 1 };
	struct ip end = ip_add(ip_last(ip("172.17.0.0/16")), 1);

	redact_table(&r, &table);
	assert_memory_equal(el[1].key.v, ip("172.17.0.0/16").bytes, 4);
	assert_memory_equal(el[0].key.v, end.bytes, 4);
	assert_memory_equal(el[3].key.v, ip("10.10.16.0/24").bytes, 4);
	assert_memory_equal(el[2].key.v, ip_add(ip_last(ip("10.10.16.0/24")), 1).bytes, 4);
}

/* ---- the whole ---- */

static const char file[] =
	"{\"version\": \"1\", \"host\": \"bigcorp\", \"netns\": ["
	"{\"inode\": 1, \"is_host\": true, \"links\": [{\"index\": 1, \"name\": \"uplink7\", \"flags\": 69699, "
	"\"operstate\": \"up\", \"alias\": \"to bigcorp 10.33.44.55\", \"mac\": \"02:42:0a:0a:00:02\"}], "
	"\"addrs\": [{\"link\": 1, \"ip\": \"10.33.44.55/24\"}], "
	"\"sysctls\": {\"net.ipv4.conf.uplink7.forwarding\": \"1\"}}, "
	"{\"inode\": 2, \"name\": \"customer\", \"path\": \"/run/netns/customer\"}], "
	"\"unread\": [\"netns customer: nftables: Operation not permitted\"]}";

static void nothing_of_it_is_left(void **state)
{
	static const char *const secrets[] = { "bigcorp", "uplink7", "33.44", "02:42:0a", "customer" };
	struct str out = { .arena = &arena };
	struct world w;
	struct err e;

	assert_int_equal(world_load_text(&arena, arena_strdup(&arena, file), strlen(file), &w, &e), 0);
	world_redact(&w);
	world_write(&w, &out);
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (strstr(out.p, secrets[i]))
			fail_msg("%s is in %s", secrets[i], out.p);
	assert_true(w.is_redacted);
	assert_string_equal(w.unread.v[0], arena_printf(&arena, "netns %s: nftables: Operation not permitted",
							w.netns[1].name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_stays_in_its_network),
		cmocka_unit_test(the_class_and_the_last_byte_stay),
		cmocka_unit_test(words_keep_what_they_have_in_common),
		cmocka_unit_test(addresses_within_text),
		cmocka_unit_test(what_is_compared_with_an_address),
		cmocka_unit_test(intervals_stay_networks),
		cmocka_unit_test(nothing_of_it_is_left),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
