/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/oci/unit_property.h"

static char first[16384];
static struct arena a = ARENA_INIT(first);

static const char *parsed(const char *name, const char *value)
{
	static struct err e;
	const char *text;

	return unit_property_annotation(&a, name, value, &text, &e) < 0 ? e.code : text;
}

static void test_values(void **state)
{
	assert_string_equal(parsed("CollectMode", "'inactive-or-failed'"),
			    "CollectMode s inactive-or-failed");
	assert_string_equal(parsed("Description", "\"it's\""), "Description s it's");
	assert_string_equal(parsed("Description", "'a\\'b'"), "Description s a'b");
	assert_string_equal(parsed("SendSIGHUP", "true"), "SendSIGHUP b true");
	assert_string_equal(parsed("LimitNICE", "-5"), "LimitNICE i -5");
	assert_string_equal(parsed("MemoryHigh", "uint64 5000"), "MemoryHigh t 5000");
	assert_string_equal(parsed("MemoryHigh", "@t 5000"), "MemoryHigh t 5000");
	assert_string_equal(parsed("Wants", "['a.service', \"b.service\"]"), "Wants as a.service\nb.service");
	assert_string_equal(parsed("Wants", "@as []"), "Wants as ");
}

static void test_seconds(void **state)
{
	assert_string_equal(parsed("TimeoutStopSec", "90"), "TimeoutStopUSec t 90000000");
	assert_string_equal(parsed("TimeoutStopSec", "1.5"), "TimeoutStopUSec t 1500000");
	assert_string_equal(parsed("TimeoutStopUSec", "uint64 3"), "TimeoutStopUSec t 3");
	assert_string_equal(parsed("TimeoutStopSec", "'90'"), "bad-annotation");
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "",    "inactive",   "'open",   "[1, 2]",    "['a'",
					   "5 6", "uint64 'x'", "@t true", "uint32 1.5" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(parsed("Name", bad[i]), "bad-annotation");
	assert_string_equal(parsed("name", "1"), "bad-annotation");
	assert_string_equal(parsed("Na me", "1"), "bad-annotation");
}

static void test_split(void **state)
{
	struct unit_property p;

	assert_int_equal(unit_property_split(&a, "Description s two words", &p), 0);
	assert_string_equal(p.name, "Description");
	assert_string_equal(p.signature, "s");
	assert_string_equal(p.value, "two words");
	assert_true(unit_property_split(&a, "Description s", &p) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
