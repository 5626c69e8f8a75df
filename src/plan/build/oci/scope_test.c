/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/build/oci/scope.h"

static char first[65536];
static struct arena a;
static struct cgroup_layout v2 = { .v2 = "/cg" }, v1 = { .v1_home = "/cg/pids" };
static struct oci_config c;
static struct oci_facts f;

static int fresh(void **state)
{
	a = (struct arena)ARENA_INIT(first);
	for (int i = 0; i < CG_COUNT; i++) {
		v2.at[i].held = CG_IN_V2;
		v1.at[i].held = CG_IN_V1;
	}
	c = (struct oci_config){ 0 };
	spec_limits_init(&c.limits);
	f = (struct oci_facts){ .id = "box", .slice = "system.slice", .scope = "p-box.scope" };
	return 0;
}

/* The properties of the limits, "A t 1, B t 2". */
static const char *limits(struct cgroup_layout *cg, const struct limits_now *now)
{
	struct limits_facts facts = { .cg = cg, .page_size = 4096, .now = now };
	struct strv list = { 0 };
	struct str s = { .arena = &a };

	scope_limits(&a, &c.limits, &facts, &list);
	for (size_t i = 0; i < list.n; i++)
		str_addf(&s, "%s%s", i ? ", " : "", list.v[i]);
	return str_get(&s);
}

static void test_bits(void **state)
{
	assert_string_equal(scope_bits(&a, "0"), "1");
	assert_string_equal(scope_bits(&a, "0-3,8"), "15 1");
	assert_string_equal(scope_bits(&a, "16"), "0 0 1");
	/* no more than a kernel can have */
	assert_string_equal(scope_bits(&a, "99999999"), "0");
}

static void test_memory(void **state)
{
	struct limits_now now = { .memory = 100 };

	c.limits.memory = 4096;
	c.limits.memory_swap = 12288;
	c.limits.memory_reservation = LIMIT_UNLIMITED;
	assert_string_equal(limits(&v2, NULL),
			    "MemoryMax t 4096, MemoryLow t 18446744073709551615, MemorySwapMax t 8192");
	assert_string_equal(limits(&v1, NULL), "MemoryLimit t 4096");
	c.limits.memory_reservation = c.limits.memory = LIMIT_UNSET;
	c.limits.memory_swap = 300;
	assert_string_equal(limits(&v2, &now), "MemorySwapMax t 200");
	c.limits.memory = LIMIT_UNLIMITED;
	c.limits.memory_swap = 0;
	assert_string_equal(limits(&v2, NULL),
			    "MemoryMax t 18446744073709551615, MemorySwapMax t 18446744073709551615");
}

static void test_cpu(void **state)
{
	struct limits_now now = { .cpu_quota = 50000, .cpu_period = 200000 };

	c.limits.cpu_shares = 1024;
	c.limits.cpuset_cpus = "0-1";
	assert_string_equal(limits(&v2, NULL), "CPUWeight t 100, AllowedCPUs ay 3");
	assert_string_equal(limits(&v1, NULL), "CPUShares t 1024");
	c.limits.cpu_shares = 0;
	c.limits.cpuset_cpus = NULL;
	/* a third of a CPU: rounded up to a whole per cent, lest systemd rounds down */
	c.limits.cpu_quota = 10000;
	c.limits.cpu_period = 30000;
	assert_string_equal(limits(&v2, NULL), "CPUQuotaPeriodUSec t 30000, CPUQuotaPerSecUSec t 340000");
	c.limits.cpu_quota = LIMIT_UNLIMITED;
	c.limits.cpu_period = 0;
	assert_string_equal(limits(&v2, &now), "CPUQuotaPerSecUSec t 18446744073709551615");
	c.limits.cpu_quota = 100000;
	assert_string_equal(limits(&v2, &now), "CPUQuotaPerSecUSec t 500000");
}

static void test_others(void **state)
{
	const char *conf[] = { "memory.high", "5", "pids.max", "max", "io.max", "8:0 rbps=1" };

	c.limits.pids = LIMIT_UNLIMITED;
	c.limits.blkio_weight = 10;
	assert_string_equal(limits(&v2, NULL), "TasksMax t 18446744073709551615, IOWeight t 1");
	assert_string_equal(limits(&v1, NULL), "TasksMax t 18446744073709551615, BlockIOWeight t 10");
	c.limits.pids = 0;
	c.limits.blkio_weight = 0;
	assert_string_equal(limits(&v2, NULL), "TasksMax t 1");
	c.limits.pids = LIMIT_UNSET;
	c.limits.conf = conf;
	c.limits.n_conf = 3;
	assert_string_equal(limits(&v2, NULL), "MemoryHigh t 5, TasksMax t 18446744073709551615");
}

/* Whatever annotations say, the description stays: undo knows the unit by it. */
static void test_annotations(void **state)
{
	struct strv list = { 0 };
	struct err e = { 0 };

	f.limits.cg = &v2;
	strv_push(&a, &c.annotations, "org.systemd.property.Description");
	strv_push(&a, &c.annotations, "'mine'");
	strv_push(&a, &c.annotations, "other");
	strv_push(&a, &c.annotations, "(");
	assert_int_equal(scope_properties(&a, &c, &f, &list, &e), 0);
	assert_string_equal(list.v[0], "Slice s system.slice");
	assert_string_equal(list.v[list.n - 2], "Description s mine");
	assert_string_equal(list.v[list.n - 1], "Description s guise-oci container box");
	c.annotations.v[1] = "(";
	assert_true(scope_properties(&a, &c, &f, &list, &e) < 0);
	assert_string_equal(e.code, "bad-annotation");
}

/* systemd says "Slice may not be set for slice units", and knows no delegation of them. */
static void test_slice(void **state)
{
	struct strv list = { 0 };
	struct err e = { 0 };

	f.limits.cg = &v2;
	f.scope = "a-b.slice";
	f.slice = "a.slice";
	assert_int_equal(scope_properties(&a, &c, &f, &list, &e), 0);
	assert_string_equal(list.v[0], "Wants as a.slice");
	for (size_t i = 0; i < list.n; i++)
		assert_null(str_after(list.v[i], "Delegate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_slice, fresh),  cmocka_unit_test_setup(test_bits, fresh),
		cmocka_unit_test_setup(test_memory, fresh), cmocka_unit_test_setup(test_cpu, fresh),
		cmocka_unit_test_setup(test_others, fresh), cmocka_unit_test_setup(test_annotations, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
