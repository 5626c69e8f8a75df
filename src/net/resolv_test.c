/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/resolv.h"

static char room[4096];
static struct arena a = ARENA_INIT(room);

static void assert_made(const char *of, bool ipv6, const char *want)
{
	const struct spec_names none = { 0 };
	const struct resolv_wish w = { .ipv6 = ipv6, .fallback = "nameserver 192.0.2.53\n", .names = &none };

	assert_string_equal(resolv_for_container(&a, of, &w), want);
}

static void what_can_be_reached_stays(void **state)
{
	assert_made("# mine\nsearch example.org\nnameserver 198.51.100.1\noptions ndots:2\n", false,
		    "# mine\nsearch example.org\nnameserver 198.51.100.1\noptions ndots:2\n");
	assert_made("nameserver 10.0.0.1\nnameserver 127.0.0.53\nnameserver\t127.0.1.1 # local", false,
		    "nameserver 10.0.0.1\n");
	assert_made("nameserver 2001:db8::53\nnameserver 10.0.0.1\n", false, "nameserver 10.0.0.1\n");
	assert_made("nameserver 2001:db8::53\nnameserver ::1\nnameserver fe80::1%eth0\n", true,
		    "nameserver 2001:db8::53\n");
}

static void none_left(void **state)
{
	assert_made("", false, "nameserver 192.0.2.53\n");
	assert_made("search a b\nnameserver 127.0.0.1\nnameservers 10.0.0.1\nnameserver\n", false,
		    "search a b\nnameservers 10.0.0.1\nnameserver\nnameserver 192.0.2.53\n");
}

static const char host[] = "domain a.org\nsearch b.org\nnameserver 127.0.0.1\noptions ndots:1\n# end\n";

static void what_is_named_replaces_all_of_its_kind(void **state)
{
	static const char *const servers[] = { "127.0.0.9", "fd00::53" },
				 *const search[] = { "c.org", "d.org" },
				 *const options[] = { "ndots:2", "edns0" };
	struct spec_names n = { .servers = { (const char **)servers, 2 } };
	const struct resolv_wish w = { .fallback = "nameserver 192.0.2.53\n", .names = &n };

	assert_string_equal(resolv_for_container(&a, host, &w),
			    "domain a.org\nsearch b.org\noptions ndots:1\n# end\n"
			    "nameserver 127.0.0.9\nnameserver fd00::53\n");
	n = (struct spec_names){ .search = { (const char **)search, 2 },
				 .options = { (const char **)options, 2 } };
	assert_string_equal(resolv_for_container(&a, host, &w),
			    "# end\nnameserver 192.0.2.53\nsearch c.org d.org\noptions ndots:2 edns0\n");
}

static void a_dot_is_no_domain(void **state)
{
	static const char *const dot[] = { "." };
	const struct spec_names n = { .search = { (const char **)dot, 1 } };
	const struct resolv_wish w = { .loopback = true, .names = &n };

	assert_string_equal(resolv_for_container(&a, host, &w),
			    "nameserver 127.0.0.1\noptions ndots:1\n# end\n");
}

static void who_has_the_hosts_network_reaches_all(void **state)
{
	const struct spec_names none = { 0 };
	const struct resolv_wish w = { .loopback = true, .names = &none };

	assert_string_equal(resolv_for_container(&a, host, &w), host);
	assert_string_equal(resolv_for_container(&a, "nameserver ::1\n", &w), "nameserver ::1\n");
	assert_string_equal(resolv_for_container(&a, "", &w), "");
}

static void servers_alone(void **state)
{
	const struct spec_names none = { 0 };
	const struct resolv_wish w = { .ipv6 = true, .names = &none, .fallback = "nameserver 8.8.8.8\n" };
	struct strv list = { 0 };

	resolv_servers(&a, "search x\nnameserver 127.0.0.1\nnameserver 192.0.2.53\nnameserver fd00::53 # one\n", &w,
		       &list);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[0], "192.0.2.53");
	assert_string_equal(list.v[1], "fd00::53");
	list.n = 0;
	resolv_servers(&a, "nameserver 127.0.0.53\n", &w, &list);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0], "8.8.8.8");
}

static void the_local_resolver(void **state)
{
	assert_true(resolv_is_stub("# systemd\nnameserver 127.0.0.53\noptions edns0\n"));
	assert_false(resolv_is_stub("nameserver 127.0.0.53\nnameserver 10.0.0.1\n"));
	assert_false(resolv_is_stub("nameserver 127.0.0.1\n"));
	assert_false(resolv_is_stub("search a\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_reached_stays),
		cmocka_unit_test(none_left),
		cmocka_unit_test(what_is_named_replaces_all_of_its_kind),
		cmocka_unit_test(a_dot_is_no_domain),
		cmocka_unit_test(who_has_the_hosts_network_reaches_all),
		cmocka_unit_test(servers_alone),
		cmocka_unit_test(the_local_resolver),
	};

	return cmocka_run_group_tests_name("net/resolv", tests, NULL, NULL);
}
