/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "spec/spec.h"

static char first_block[64 * 1024];

static void test_strv(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct strv list = { 0 };

	for (int i = 0; i < 100; i++) {
		strv_push(&a, &list, arena_printf(&a, "%d", i));
		assert_int_equal(list.n, i + 1);
		assert_null(list.v[list.n]);
	}
	for (int i = 0; i < 100; i++)
		assert_string_equal(list.v[i], arena_printf(&a, "%d", i));
	arena_free(&a);
}

/* Every name is one of the kernel's, and no two share a flag. */
static void test_namespaces(void **state)
{
	uint64_t seen = 0;

	for (int i = 0; i < NS_COUNT; i++) {
		char path[64];

		assert_non_null(ns_name[i]);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_name[i]);
		assert_int_equal(access(path, F_OK), 0);
		assert_true(ns_flag[i] != 0 && !(seen & ns_flag[i]));
		seen |= ns_flag[i];
	}
}

/* Whoever called it appends to the list: nothing lies behind its end. */
static void test_network_first(void **state)
{
	struct spec_attachment three[] = { { .network = "a" }, { .network = "b" }, { .network = "c" } };
	const struct spec_attachment more = { .network = "d", .address = "10.0.0.2" };
	struct arena a = ARENA_INIT(first_block);
	struct spec_network n = { .address = "10.0.0.1", .attachments = three, .n_attachments = 3 };

	strv_push(&a, &n.aliases, "alias");
	spec_network_first(&a, &n);
	assert_string_equal(n.attachments[0].address, "10.0.0.1");
	assert_null(n.address);
	arena_push(&a, n.attachments, n.n_attachments, more);
	assert_string_equal(n.attachments[0].aliases.v[0], "alias");
	spec_network_first(&a, &n);
	assert_string_equal(n.attachments[3].network, "d");
	assert_string_equal(n.attachments[3].address, "10.0.0.2");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_network_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
