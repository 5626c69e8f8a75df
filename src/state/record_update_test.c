/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "state/record_update.h"

static char first[65536];

/* HostConfig behind an update, as one line. */
static const char *updated(struct arena *a, const char *was, const struct spec_limits *l)
{
	return record_update_wish(a, was, l);
}

static void test_wish(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct spec_limits l;

	spec_limits_init(&l);
	assert_string_equal(updated(&a, NULL, &l), "{}");
	assert_string_equal(updated(&a, "{\"Init\":true,\"Memory\":5}", &l), "{\"Init\":true,\"Memory\":5}");
	l.memory = 7;
	l.memory_swap = LIMIT_UNLIMITED;
	l.pids = LIMIT_UNLIMITED;
	assert_string_equal(updated(&a, "{\"Memory\":5}", &l),
			    "{\"Memory\":7,\"MemorySwap\":-1,\"PidsLimit\":-1}");
	l.memory = LIMIT_UNLIMITED;
	assert_string_equal(updated(&a, "{\"Memory\":5,\"Init\":true}", &l),
			    "{\"Init\":true,\"MemorySwap\":-1,\"PidsLimit\":-1}");
	assert_int_equal(record_update_number("{\"Memory\":5}", "Memory"), 5);
	assert_int_equal(record_update_number(NULL, "Memory"), 0);
	arena_free(&a);
}

/* Processors, and a quota with its period, say the same. */
static void test_processors(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct spec_limits l;

	spec_limits_init(&l);
	l.cpus = true;
	l.cpu_quota = 50000;
	l.cpu_period = 100000;
	assert_string_equal(updated(&a, "{\"CpuQuota\":1,\"CpuPeriod\":2}", &l), "{\"NanoCpus\":500000000}");
	l.cpus = false;
	assert_string_equal(updated(&a, "{\"NanoCpus\":5}", &l), "{\"CpuQuota\":50000,\"CpuPeriod\":100000}");
	arena_free(&a);
}

static void test_disks(void **state)
{
	struct spec_throttle rates[] = { { .device = "/dev/a", .rate = 7 },
					 { .device = "/dev/c", .rate = 0 } };
	struct arena a = ARENA_INIT(first);
	struct spec_limits l;

	spec_limits_init(&l);
	l.read_bps = rates;
	l.n_read_bps = 2;
	assert_string_equal(
		updated(&a,
			"{\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/a\",\"Rate\":1},{\"Path\":\"/dev/b\",\"Rate\":2},"
			"{\"Path\":\"/dev/c\",\"Rate\":3}]}",
			&l),
		"{\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/b\",\"Rate\":2},{\"Path\":\"/dev/a\",\"Rate\":7}]}");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_wish), cmocka_unit_test(test_processors),
					    cmocka_unit_test(test_disks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
