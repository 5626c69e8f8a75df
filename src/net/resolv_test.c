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
	assert_string_equal(resolv_for_container(&a, of, ipv6, "nameserver 192.0.2.53\n"), want);
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
		cmocka_unit_test(the_local_resolver),
	};

	return cmocka_run_group_tests_name("net/resolv", tests, NULL, NULL);
}
