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

/* 10.0.0.0/24: the address's bytes, and the length */
#define NET(a, b, c, d, len_)                                                                                \
	{                                                                                                    \
		.family = AF_INET, .len = (len_), .bytes = {(a), (b), (c), (d) }                             \
	}

static void assert_choice(const struct ip *used, size_t count, const char *want)
{
	char text[IP_TEXT];
	struct ip subnet;
	struct err e;

	assert_int_equal(subnet_choose(NULL, 0, used, count, &subnet, &e), 0);
	assert_string_equal(ip_net_text(subnet, text), want);
}

static void first_one_on_a_quiet_host(void **state)
{
	struct ip used[] = { NET(192, 168, 1, 7, 24), NET(127, 0, 0, 1, 8), NET(10, 11, 0, 0, 16) };

	assert_choice(NULL, 0, "10.10.0.0/24");
	assert_choice(used, ARRAY_LEN(used), "10.10.0.0/24");
}

static void next_one_on_a_clash(void **state)
{
	/* a host in it, a network around it, a network inside of it, in no order */
	struct ip used[] = { NET(10, 10, 3, 128, 25), NET(10, 10, 0, 9, 32), NET(10, 10, 1, 0, 23) };

	/* 10.10.1.0/23 is 10.10.0.0 to 10.10.1.255 */
	assert_choice(used, ARRAY_LEN(used), "10.10.2.0/24");
	assert_choice(used, 2, "10.10.1.0/24");
}

static void another_private_network_when_the_first_is_taken(void **state)
{
	struct ip used[] = { NET(10, 10, 0, 0, 16), NET(10, 0, 0, 0, 22), NET(10, 0, 0, 0, 8),
			     NET(172, 16, 0, 0, 12), NET(192, 168, 0, 0, 17) };

	assert_choice(used, 1, "10.0.0.0/24");
	assert_choice(used, 2, "10.0.4.0/24");
	assert_choice(used, 3, "172.16.0.0/24");
	assert_choice(used, 4, "192.168.0.0/24");
	assert_choice(used, 5, "192.168.128.0/24");
}

static void the_ways_out_are_no_clash(void **state)
{
	struct ip used[] = { NET(0, 0, 0, 0, 0), NET(0, 0, 0, 0, 1), NET(128, 0, 0, 0, 1), NET(8, 0, 0, 0, 7),
			     NET(8, 0, 0, 0, 5) };

	assert_choice(used, ARRAY_LEN(used), "10.10.0.0/24");
}

static void a_pool_of_ones_own(void **state)
{
	struct ip pools[] = { NET(10, 99, 0, 0, 24), NET(172, 30, 8, 0, 22), NET(192, 0, 2, 0, 25) }, subnet;
	struct ip used[] = { NET(10, 99, 0, 7, 32), NET(172, 30, 8, 0, 23), NET(172, 30, 0, 0, 16) };
	char text[IP_TEXT];
	struct err e;

	assert_int_equal(subnet_choose(pools, 3, used, 2, &subnet, &e), 0);
	assert_string_equal(ip_net_text(subnet, text), "172.30.10.0/24");
	assert_int_equal(subnet_choose(pools, 3, used, 3, &subnet, &e), -EADDRINUSE);
	assert_string_equal(e.code, "no-free-subnet");
	assert_non_null(strstr(e.cause, "10.99.0.0/24 by 10.99.0.7/32, 172.30.8.0/22 by 172.30.0.0/16, "
					"192.0.2.0/25 by nothing"));
}

static void last_one_and_none(void **state)
{
	struct ip used[] = { NET(10, 0, 0, 0, 8),       NET(172, 16, 0, 0, 12),     NET(192, 168, 0, 0, 17),
			     NET(192, 168, 128, 0, 18), NET(192, 168, 192, 0, 19),  NET(192, 168, 224, 0, 20),
			     NET(192, 168, 240, 0, 21), NET(192, 168, 248, 0, 22),  NET(192, 168, 252, 0, 23),
			     NET(192, 168, 254, 0, 24), NET(192, 168, 255, 255, 32) },
		  subnet;
	struct err e;

	assert_choice(used, ARRAY_LEN(used) - 1, "192.168.255.0/24");
	assert_int_equal(subnet_choose(NULL, 0, used, ARRAY_LEN(used), &subnet, &e), -EADDRINUSE);
	assert_string_equal(e.code, "no-free-subnet");
	assert_non_null(strstr(e.cause, "10.0.0.0/8 by 10.0.0.0/8, 172.16.0.0/12 by 172.16.0.0/12, "
					"192.168.0.0/16 by 192.168.255.255/32"));
}

static void addresses_of_a_subnet(void **state)
{
	struct ip any = NET(10, 10, 7, 99, 24);
	char text[IP_TEXT];
	uint8_t mac[6];

	assert_string_equal(ip_net_text(ip_network(any), text), "10.10.7.0/24");
	assert_string_equal(ip_net_text(subnet_gateway(any), text), "10.10.7.1/24");
	subnet_mac(any, mac);
	assert_memory_equal(mac, ((uint8_t[]){ 0x02, 0x42, 10, 10, 7, 99 }), 6);
}

static void ipv6_has_subnets_of_64(void **state)
{
	struct ip pool, used[3], subnet;
	char text[IP_TEXT];
	struct err e;

	ip_parse("fd00:7::/48", &pool);
	ip_parse("fd00:7:0:0:1::/80", &used[0]); /* in the first */
	ip_parse("fd00:7:0:2::/63", &used[1]);
	ip_parse("fd00:7::/48", &used[2]);
	assert_int_equal(subnet_choose(&pool, 1, NULL, 0, &subnet, &e), 0);
	assert_string_equal(ip_net_text(subnet, text), "fd00:7::/64");
	assert_int_equal(subnet_choose(&pool, 1, used, 1, &subnet, &e), 0);
	assert_string_equal(ip_net_text(subnet, text), "fd00:7:0:1::/64");
	assert_string_equal(ip_net_text(subnet_gateway(subnet), text), "fd00:7:0:1::1/64");
	ip_parse("fd00:7::/63", &used[0]);
	assert_int_equal(subnet_choose(&pool, 1, used, 2, &subnet, &e), 0);
	assert_string_equal(ip_net_text(subnet, text), "fd00:7:0:4::/64");
	assert_int_equal(subnet_choose(&pool, 1, used, 3, &subnet, &e), -EADDRINUSE);
}

/* Behind the last subnet of all there is nothing, and not the first one. */
static void the_end_of_the_addresses(void **state)
{
	struct ip pool = NET(255, 255, 255, 0, 24), used = pool, subnet;
	struct err e;

	assert_int_equal(subnet_choose(&pool, 1, &used, 1, &subnet, &e), -EADDRINUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_one_on_a_quiet_host),
		cmocka_unit_test(next_one_on_a_clash),
		cmocka_unit_test(another_private_network_when_the_first_is_taken),
		cmocka_unit_test(the_ways_out_are_no_clash),
		cmocka_unit_test(a_pool_of_ones_own),
		cmocka_unit_test(last_one_and_none),
		cmocka_unit_test(addresses_of_a_subnet),
		cmocka_unit_test(ipv6_has_subnets_of_64),
		cmocka_unit_test(the_end_of_the_addresses),
	};

	return cmocka_run_group_tests_name("net/subnet", tests, NULL, NULL);
}
