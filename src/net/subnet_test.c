/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "net/subnet.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static void assert_choice(const struct ip4net *used, size_t count, const char *want)
{
	char text[IP4NET_TEXT];
	struct ip4net subnet;
	struct err e;

	assert_int_equal(subnet_choose(used, count, &subnet, &e), 0);
	assert_string_equal(ip4net_text(subnet, text), want);
}

static void first_one_on_a_quiet_host(void **state)
{
	struct ip4net used[] = {{IP(192, 168, 1, 7), 24}, {IP(127, 0, 0, 1), 8}, {IP(10, 11, 0, 0), 16}};

	assert_choice(NULL, 0, "10.10.0.0/24");
	assert_choice(used, ARRAY_LEN(used), "10.10.0.0/24");
}

static void next_one_on_a_clash(void **state)
{
	/* a host in it, a network around it, a network inside of it, in no order */
	struct ip4net used[] = {{IP(10, 10, 3, 128), 25}, {IP(10, 10, 0, 9), 32}, {IP(10, 10, 1, 0), 23}};

	/* 10.10.1.0/23 is 10.10.0.0 to 10.10.1.255 */
	assert_choice(used, ARRAY_LEN(used), "10.10.2.0/24");
	assert_choice(used, 2, "10.10.1.0/24");
}

static void last_one_and_none(void **state)
{
	struct ip4net used[256], subnet;
	struct err e;

	for (unsigned i = 0; i < 256; i++)
		used[i] = (struct ip4net){IP(10, 10, i, 1), 24};
	assert_choice(used, 255, "10.10.255.0/24");
	assert_int_equal(subnet_choose(used, 256, &subnet, &e), -EADDRINUSE);
	assert_string_equal(e.code, "no-free-subnet");
	assert_non_null(strstr(e.cause, "no free subnet"));
	used[0] = (struct ip4net){IP(10, 0, 0, 0), 8};
	assert_int_equal(subnet_choose(used, 1, &subnet, &e), -EADDRINUSE);
}

static void addresses_of_a_subnet(void **state)
{
	struct ip4net any = {IP(10, 10, 7, 99), 24};
	char text[IP4NET_TEXT];
	uint8_t mac[6];

	assert_string_equal(ip4net_text(subnet_network(any), text), "10.10.7.0/24");
	assert_string_equal(ip4net_text(subnet_gateway(any), text), "10.10.7.1/24");
	assert_string_equal(ip4_text(UINT32_MAX, text), "255.255.255.255");
	subnet_mac(any.addr, mac);
	assert_memory_equal(mac, ((uint8_t[]){0x02, 0x42, 10, 10, 7, 99}), 6);
}

static void overlap_is_symmetric(void **state)
{
	struct ip4net all = {0, 0}, net = {IP(10, 10, 0, 0), 24}, next = {IP(10, 10, 1, 0), 24};

	assert_true(ip4net_overlap(all, net) && ip4net_overlap(net, all));
	assert_false(ip4net_overlap(net, next) || ip4net_overlap(next, net));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_one_on_a_quiet_host), cmocka_unit_test(next_one_on_a_clash),
	    cmocka_unit_test(last_one_and_none),	 cmocka_unit_test(addresses_of_a_subnet),
	    cmocka_unit_test(overlap_is_symmetric),
	};

	return cmocka_run_group_tests_name("net/subnet", tests, NULL, NULL);
}
