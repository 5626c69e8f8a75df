/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/netns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void names_are_those_that_a_file_can_have(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "a b", "a\nb", "/run/netns/a" };
	struct err e = { 0 };
	char longest[257];

	assert_int_equal(netns_name("net1", &e), 0);
	assert_int_equal(netns_name("caf\xc3\xa9", &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(netns_name(bad[i], &e), -EINVAL);
	assert_string_equal(e.code, "bad-netns");
	memset(longest, 'a', 256);
	longest[256] = '\0';
	assert_int_equal(netns_name(longest, &e), -EINVAL);
	longest[255] = '\0';
	assert_int_equal(netns_name(longest, &e), 0);
}

static void a_path_has_a_name_if_it_lies_where_ip_netns_looks(void **state)
{
	assert_string_equal(netns_of_path("/run/netns/net1"), "net1");
	assert_string_equal(netns_of_path("/var/run/netns/net1"), "net1");
	assert_null(netns_of_path("/run/netns/../secret"));
	assert_null(netns_of_path("/proc/1/ns/net"));
	assert_null(netns_of_path("/run/netns/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_that_a_file_can_have),
		cmocka_unit_test(a_path_has_a_name_if_it_lies_where_ip_netns_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
