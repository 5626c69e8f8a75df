/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/ip.h"

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void assert_net(struct ip have, const char *want)
{
	char text[IP_TEXT];

	assert_string_equal(ip_net_text(have, text), want);
}

static void text_and_back(void **state)
{
	/* as RFC 5952 has it: no leading zeros, the longest run of zeros short, small letters */
	static const char *const texts[][2] = {
		{ "10.10.0.1/24", "10.10.0.1/24" },
		{ "10.10.0.1", "10.10.0.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255", "255.255.255.255/32" },
		{ "FD00:0:0:1:0:0:0:1/64", "fd00:0:0:1::1/64" },
		{ "2001:db8::0001:0:0", "2001:db8::1:0:0/128" },
		{ "::/0", "::/0" },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1/128" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1/128",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1/128" },
	};
	char text[IP_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_net(ip(texts[i][0]), texts[i][1]);
	assert_string_equal(ip_text(ip("fd00::7/64"), text), "fd00::7");
	assert_string_equal(ip_text((struct ip){ 0 }, text), "");
	assert_string_equal(ip_net_text((struct ip){ 0 }, text), "");
}

static void what_is_no_address(void **state)
{
	static const char *const bad[] = { "",
					   "/24",
					   "10.10.0",
					   "10.10.0.1/33",
					   "10.10.0.1/",
					   "10.10.0.1/ 8",
					   "10.10.0.1/+8",
					   "10.10.0.1/8x",
					   "10.10.0.1/24/8",
					   "010.0.0.1",
					   "10.10.0.256",
					   "fd00::1/129",
					   "fd00::1::2",
					   "fe80::1%eth0",
					   "fd00::1/4294967296",
					   "10.0.0.1/0000000008",
					   "localhost",
					   "1111:2222:3333:4444:5555:6666:7777:8888:9999" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ip ip = { .family = AF_INET };

		assert_int_equal(ip_parse(bad[i], &ip), -EINVAL);
		assert_false(ip_is(ip));
	}
}

static void out_of_a_message(void **state)
{
	static const uint8_t four[] = { 10, 10, 0, 7 };
	static const uint8_t six[16] = { 0xfd, [15] = 7 };

	assert_net(ip_of(AF_INET, four, 4), "10.10.0.7/32");
	assert_net(ip_of(AF_INET6, six, 16), "fd00::7/128");
	assert_false(ip_is(ip_of(AF_INET, six, 16)));
	assert_false(ip_is(ip_of(AF_INET6, four, 4)));
	assert_false(ip_is(ip_of(AF_UNIX, four, 0)));
}

static void networks(void **state)
{
	assert_net(ip_network(ip("10.10.7.99/24")), "10.10.7.0/24");
	assert_net(ip_network(ip("10.10.7.99/22")), "10.10.4.0/22");
	assert_net(ip_last(ip("10.10.7.99/22")), "10.10.7.255/22");
	assert_net(ip_last(ip("10.10.7.99")), "10.10.7.99/32");
	assert_net(ip_network(ip("10.10.7.99/0")), "0.0.0.0/0");
	assert_net(ip_network(ip("fd00:1:2:3:4::5/64")), "fd00:1:2:3::/64");
	assert_net(ip_network(ip("fd00:1:2:3::5/61")), "fd00:1:2::/61");
	assert_net(ip_last(ip("fd00:1:2:3::/61")), "fd00:1:2:7:ffff:ffff:ffff:ffff/61");
}

static void counted(void **state)
{
	assert_net(ip_add(ip("10.10.0.255/16"), 1), "10.10.1.0/16");
	assert_net(ip_add(ip("10.255.255.255"), 2), "11.0.0.1/32");
	assert_net(ip_add(ip("255.255.255.255"), 1), "0.0.0.0/32");
	assert_net(ip_add(ip("fd00::ffff:ffff/64"), UINT32_MAX), "fd00::1:ffff:fffe/64");
	assert_net(ip_add(ip("fd00::7"), 0), "fd00::7/128");
	assert_int_equal(ip_distance(ip("10.10.0.2"), ip("10.10.0.2/8")), 0);
	assert_int_equal(ip_distance(ip("10.10.0.255"), ip("10.10.1.1")), 2);
	assert_int_equal(ip_distance(ip("10.10.0.2"), ip("10.10.0.1")), UINT32_MAX);
	assert_int_equal(ip_distance(ip("fd00::ffff"), ip("fd00::1:0")), 1);
	assert_int_equal(ip_distance(ip("fd00::ff00"), ip("fd00::1:0000:0001")), 0xffff0101);
	assert_int_equal(ip_distance(ip("fd00::"), ip("fd00:0:0:1::")), UINT32_MAX);
	assert_int_equal(ip_distance(ip("10.0.0.0"), ip("::a00:1")), UINT32_MAX);
}

static void compared(void **state)
{
	assert_true(ip_same(ip("10.10.0.2/24"), ip("10.10.0.2")));
	assert_false(ip_equal(ip("10.10.0.2/24"), ip("10.10.0.2")));
	assert_true(ip_equal(ip("fd00::2/64"), ip("fd00:0::0:2/64")));
	assert_false(ip_same(ip("0.0.0.0"), ip("::")));
	assert_false(ip_same(ip("0.0.0.0"), (struct ip){ 0 }));
}

static void where_something_is_bound(void **state)
{
	assert_true(ip_is_any(ip("0.0.0.0")));
	assert_true(ip_is_any(ip("::/0")));
	assert_true(ip_is_any((struct ip){ 0 }));
	assert_false(ip_is_any(ip("0.0.0.1")));
	assert_false(ip_is_any(ip("::1")));
	assert_true(ip_meet(ip("10.0.0.1"), ip("0.0.0.0")));
	assert_true(ip_meet((struct ip){ 0 }, ip("fd00::1")));
	assert_true(ip_meet(ip("fd00::1"), ip("fd00::1/64")));
	assert_false(ip_meet(ip("10.0.0.1"), ip("10.0.0.2")));
}

static void overlap_is_symmetric(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} pairs[] = {
		{ "0.0.0.0/0", "10.10.0.0/24", true },    { "10.10.0.0/24", "10.10.1.0/24", false },
		{ "10.10.0.0/16", "10.10.1.9", true },    { "::/0", "10.10.0.0/24", false },
		{ "fd00::/8", "fd12:3::/64", true },      { "fd00:0:0:1::/64", "fd00::/64", false },
		{ "fd00:0:0:1::/63", "fd00::/64", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		assert_int_equal(ip_overlap(ip(pairs[i].a), ip(pairs[i].b)), pairs[i].overlap);
		assert_int_equal(ip_overlap(ip(pairs[i].b), ip(pairs[i].a)), pairs[i].overlap);
	}
	assert_false(ip_overlap((struct ip){ 0 }, (struct ip){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(out_of_a_message),
		cmocka_unit_test(networks),
		cmocka_unit_test(counted),
		cmocka_unit_test(compared),
		cmocka_unit_test(where_something_is_bound),
		cmocka_unit_test(overlap_is_symmetric),
	};

	return cmocka_run_group_tests_name("kernel/net/ip", tests, NULL, NULL);
}
