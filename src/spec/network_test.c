/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "spec/network.h"

static struct arena arena;
static struct err e;

static struct ip ip(const char *text)
{
	struct ip ip = { 0 };

	if (*text)
		assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void test_subnets(void **state)
{
	static const struct {
		const char *subnet, *gateway, *range, *code; /* code NULL: taken */
	} cases[] = {
		{ "10.20.0.0/24", "", "", NULL },
		{ "10.20.0.77/24", "10.20.0.9", "10.20.0.64/26", NULL },
		{ "fd00:20::/64", "fd00:20::5", "fd00:20::/80", NULL },
		{ "10.20.0.0/24", "10.20.1.1", "", "bad-gateway" },
		{ "10.20.0.0/24", "10.20.0.0", "", "bad-gateway" },
		{ "10.20.0.0/24", "10.20.0.255", "", "bad-gateway" },
		{ "10.20.0.0/24", "fd00::1", "", "bad-gateway" },
		{ "10.20.0.0/24", "", "10.20.0.0/23", "bad-range" },
		{ "10.20.0.0/24", "", "10.21.0.0/26", "bad-range" },
		{ "10.20.0.0/31", "", "", "bad-subnet" },
		{ "10.0.0.0/8", "", "", "bad-subnet" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct network n = { 0 };
		int r = network_add_subnet(&n, ip(cases[i].subnet), ip(cases[i].gateway), ip(cases[i].range),
					   &e);

		assert_int_equal(r, cases[i].code ? -EINVAL : 0);
		if (cases[i].code)
			assert_string_equal(e.code, cases[i].code);
	}
}

static void test_overlap(void **state)
{
	struct network n = { 0 };

	assert_int_equal(network_add_subnet(&n, ip("10.20.0.0/24"), ip(""), ip(""), &e), 0);
	assert_int_equal(network_add_subnet(&n, ip("10.20.0.128/25"), ip(""), ip(""), &e), -EINVAL);
	assert_int_equal(network_add_subnet(&n, ip("fd00::/64"), ip(""), ip(""), &e), 0);
	assert_true(network_has(&n, AF_INET) && network_has(&n, AF_INET6));
	assert_int_equal(n.n_subnets, 2);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", "none", "host", "bridge", "a/b", ".x", "a b" };

	assert_int_equal(network_name("web-1.2_3", &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(network_name(bad[i], &e), -EINVAL);
	assert_int_equal(network_interface("br0", &e), 0);
	assert_int_equal(network_interface("a23456789012345", &e), 0);
	assert_int_equal(network_interface("a234567890123456", &e), -EINVAL);
	assert_int_equal(network_interface("a/b", &e), -EINVAL);
	assert_int_equal(network_interface("..", &e), -EINVAL);
	assert_int_equal(network_interface("guise0", &e), 0);
	assert_int_equal(network_interface("guise-x", &e), -EINVAL);
	assert_int_equal(network_interface("guise-xyz", &e), -EINVAL);
	assert_string_equal(e.code, "bad-interface");
}

static void test_round_trip(void **state)
{
	struct network n = { .name = "web",
			     .id = "0123",
			     .internal = true,
			     .open = true,
			     .compat = true,
			     .dns_server = true,
			     .mtu = 1400,
			     .interface = "brx",
			     .created = 7 };
	struct str out = { .arena = &arena }, again = { .arena = &arena };
	struct network back;

	strv_push(&arena, &n.labels, "a=\xff");
	network_add_subnet(&n, ip("10.20.0.0/24"), ip("10.20.0.9"), ip("10.20.0.8/29"), &e);
	network_add_subnet(&n, ip("fd00::/64"), ip(""), ip(""), &e);
	network_write(&n, &out);
	assert_int_equal(network_parse(&arena, out.p, out.len, &back, &e), 0);
	network_write(&back, &again);
	assert_string_equal(out.p, again.p);
	assert_true(network_has(&back, AF_INET6) && back.internal && back.open && back.compat &&
		    back.dns_server && back.n_subnets == 2);
}

static void test_driver(void **state)
{
	struct network n = { .name = "lan",
			     .id = "0",
			     .driver = DRIVER_IPVLAN,
			     .parent = "up0",
			     .mode = "l3s" },
		       back;
	struct str out = { .arena = &arena };

	network_write(&n, &out);
	assert_int_equal(network_parse(&arena, out.p, out.len, &back, &e), 0);
	assert_int_equal(back.driver, DRIVER_IPVLAN);
	assert_string_equal(back.parent, "up0");
	assert_string_equal(back.mode, "l3s");
	assert_string_equal(driver_mode(DRIVER_MACVLAN, NULL)->name, "bridge");
	assert_int_equal(driver_mode_check(DRIVER_IPVLAN, "bridge", &e), -EINVAL);
	assert_string_equal(e.hint, "there are l2, l3, l3s");
	assert_true(driver_mode_named("ipvlan", "l3")->without_arp);
	assert_null(driver_mode_named("bridge", "l3"));
	assert_null(driver_mode_named("token-ring", NULL));
}

static void test_broken(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"name\": 7}",
		"{\"name\": \"web\"}",
		"{\"name\": \"../x\", \"id\": \"0\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"interface\": \"a/b\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"subnets\": [{}]}",
		"{\"name\": \"web\", \"id\": \"0\", \"driver\": \"overlay\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"driver\": \"macvlan\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"driver\": \"macvlan\", \"parent\": \"a/b\", \"mode\": \"vepa\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"driver\": \"macvlan\", \"parent\": \"up0\", \"mode\": \"l2\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"driver\": \"bridge\", \"parent\": \"up0\"}",
		"{\"name\": \"web\", \"id\": \"0\", \"subnets\": [{\"subnet\": \"10.0.0.0/24\", \"gateway\": \"1.2.3.4\"}]}",
	};
	struct network n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(network_parse(&arena, bad[i], strlen(bad[i]), &n, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subnets), cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_driver),  cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
