/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/limits.h"

static char first[65536];
static struct arena a;
static struct err e;

/* Three made-up hosts. */
static struct cgroup_layout v2 = {
	.v2 = "/cg", .cpus = "0-3", .mems = "0", .memsw = true, .io_weight = true, .bfq_weight = true
};
static struct cgroup_layout hybrid = {
	.v2 = "/cg/unified", .cpus = "0-3", .mems = "0", .memsw = true, .bfq_weight = true
};
static struct cgroup_layout v1 = { .v1_home = "/cg/pids", .cpus = "0-3", .mems = "0" };
static const struct limits_device disk = { "/dev/sda", 8, 0 };

static int hosts(void **state)
{
	for (int c = 0; c < CG_COUNT; c++) {
		v2.at[c].held = CG_IN_V2;
		v2.at[c].base = "/cg";
		hybrid.at[c].held = v1.at[c].held = CG_IN_V1;
		hybrid.at[c].base = v1.at[c].base = "/cg/v1";
	}
	hybrid.at[CG_HUGETLB].held = CG_IN_V2;
	hybrid.at[CG_HUGETLB].base = "/cg/unified";
	hybrid.at[CG_RDMA].held = CG_NOWHERE;
	hybrid.at[CG_RDMA].base = NULL;
	return 0;
}

static int fresh(void **state)
{
	a = (struct arena)ARENA_INIT(first);
	e = (struct err){ 0 };
	return 0;
}

static int stale(void **state)
{
	arena_free(&a);
	return 0;
}

#define LIMITS(...) (&(struct spec_limits){ __VA_ARGS__ }) /* 0 and LIMIT_UNSET mean the same */

/* The writes as text, "file=value" with spaces between them; or the code of the error. */
static const char *built(const struct cgroup_layout *cg, const struct spec_limits *l)
{
	struct limits_facts f = { .cg = cg, .cpus = 4, .page_size = 4096, .devices = &disk, .n_devices = 1 };
	struct str s = { .arena = &a };
	struct limit_write *w;
	size_t n;

	if (limits_build(&a, l, &f, &w, &n, &e) < 0)
		return e.code;
	for (size_t i = 0; i < n; i++) {
		str_addf(&s, "%s%s=%s", i ? ", " : "", w[i].file, w[i].value);
		/* whatever is written was announced, so that it was probed and its cgroup gets made */
		assert_true(w[i].controller == CG_COUNT || (limits_need(l) & CG_BIT(w[i].controller)));
	}
	return str_get(&s);
}

static void test_none(void **state)
{
	const struct spec_limits *unset = LIMITS(.memory = LIMIT_UNSET, .memory_swap = LIMIT_UNSET,
						 .memory_reservation = LIMIT_UNSET, .cpu_quota = LIMIT_UNSET,
						 .pids = LIMIT_UNSET);

	assert_string_equal(built(&v2, unset), "");
	assert_string_equal(built(&hybrid, unset), "");
	assert_int_equal(limits_need(unset), 0);
	assert_string_equal(built(&v2, LIMITS(.memory = -1, .pids = -1, .cpu_quota = -1, .memory_swap = -1)),
			    "");
	assert_int_equal(limits_need(LIMITS(.memory = 0, .pids = 0, .memory_swap = -1)), 0);
}

static void test_memory(void **state)
{
	assert_string_equal(built(&v2, LIMITS(.memory = 50 << 20)),
			    "memory.max=52428800, memory.swap.max=52428800");
	assert_string_equal(built(&v2, LIMITS(.memory = 50 << 20, .memory_swap = LIMIT_UNSET)),
			    "memory.max=52428800, memory.swap.max=52428800");
	assert_string_equal(built(&hybrid, LIMITS(.memory = 50 << 20)),
			    "memory.limit_in_bytes=52428800, memory.memsw.limit_in_bytes=104857600");
	/* no swap accounting: the default is not had, what was asked for is missed */
	assert_string_equal(built(&v1, LIMITS(.memory = 50 << 20)), "memory.limit_in_bytes=52428800");
	assert_string_equal(built(&v1, LIMITS(.memory = 50 << 20, .memory_swap = 60 << 20)),
			    "cgroup-no-controller");
	assert_string_equal(built(&v1, LIMITS(.memory = 50 << 20, .memory_swap = -1)),
			    "memory.limit_in_bytes=52428800");
	assert_string_equal(built(&v2, LIMITS(.memory = 1 << 20, .memory_swap = 1 << 20)),
			    "memory.max=1048576, memory.swap.max=0");
	assert_string_equal(built(&v2, LIMITS(.memory = 1 << 20, .memory_swap = -1)), "memory.max=1048576");
	assert_string_equal(built(&v2, LIMITS(.memory = 1000000, .memory_swap = 2000000)),
			    "memory.max=999424, memory.swap.max=999424");
	assert_string_equal(built(&v2, LIMITS(.memory = LIMITS_MEMORY_MIN, .memory_swap = -1)),
			    "memory.max=262144");
	assert_string_equal(built(&v2, LIMITS(.memory_reservation = 1 << 20)), "memory.low=1048576");
	assert_string_equal(built(&hybrid, LIMITS(.memory_reservation = 1 << 20)),
			    "memory.soft_limit_in_bytes=1048576");
}

static void test_memory_bad(void **state)
{
	assert_string_equal(built(&v2, LIMITS(.memory = LIMITS_MEMORY_MIN - 1)), "bad-limit");
	assert_non_null(strstr(e.cause, "262144"));
	assert_string_equal(built(&v2, LIMITS(.memory_swap = 1 << 20)), "bad-limit");
	assert_string_equal(built(&v2, LIMITS(.memory = 2 << 20, .memory_swap = 1 << 20)), "bad-limit");
	assert_string_equal(built(&v2, LIMITS(.memory = 1 << 20, .memory_reservation = 2 << 20)),
			    "bad-limit");
}

static void test_cpu(void **state)
{
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 150000)), "cpu.max=150000 100000");
	assert_string_equal(built(&hybrid, LIMITS(.cpu_quota = 150000)), "cpu.cfs_quota_us=150000");
	assert_string_equal(built(&hybrid, LIMITS(.cpu_quota = 5000, .cpu_period = 10000)),
			    "cpu.cfs_period_us=10000, cpu.cfs_quota_us=5000");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 1000)), "cpu.max=1000 100000");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 400000)), "cpu.max=400000 100000");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 999)), "bad-limit");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 400001)), "bad-limit");
	assert_string_equal(e.cause, "4.00001 is not in 0.01 to 4, there are 4 CPUs online");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 10000000000)), "bad-limit");
	assert_string_equal(e.cause, "100000 is not in 0.01 to 4, there are 4 CPUs online");
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 1)), "bad-limit");
	assert_string_equal(e.cause, "0.00001 is not in 0.01 to 4, there are 4 CPUs online");
	assert_non_null(strstr(e.cause, "0.01 to 4"));
	assert_string_equal(built(&v2, LIMITS(.cpu_quota = 1000, .cpu_period = 999)), "bad-limit");
	assert_string_equal(built(&v2, LIMITS(.cpu_shares = 512)), "cpu.weight=50");
	assert_string_equal(built(&hybrid, LIMITS(.cpu_shares = 512)), "cpu.shares=512");
	assert_string_equal(built(&v2, LIMITS(.cpu_shares = 1)), "bad-limit");
	assert_string_equal(built(&v2, LIMITS(.cpu_shares = 262145)), "bad-limit");
}

static void test_weights(void **state)
{
	assert_int_equal(limits_cpu_weight(2), 1);
	assert_int_equal(limits_cpu_weight(1024), 100);
	assert_int_equal(limits_cpu_weight(2048), 200);
	assert_int_equal(limits_cpu_weight(262144), 10000);
	assert_int_equal(limits_io_weight(10), 1);
	assert_int_equal(limits_io_weight(1000), 10000);
}

static void test_cpuset(void **state)
{
	assert_string_equal(built(&v2, LIMITS(.cpuset_cpus = "0,2-3", .cpuset_mems = "0")),
			    "cpuset.cpus=0,2-3, cpuset.mems=0");
	assert_string_equal(built(&v2, LIMITS(.cpuset_cpus = "0-4")), "bad-limit");
	assert_non_null(strstr(e.cause, "0-3"));
	assert_string_equal(built(&hybrid, LIMITS(.cpuset_mems = "1")), "bad-limit");
	static const char *const bad[] = { "",   "-", "1-",  "-1",          "3-1",       "1,,2",
					   "1,", "a", "0 1", "99999999999", "0-99999999" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(built(&v2, LIMITS(.cpuset_cpus = bad[i])), "bad-limit");
}

static void test_io(void **state)
{
	struct spec_throttle t = { "/dev/sda", 1048576 }, zero = { "/dev/sda", 0 }, other = { "/dev/sdb", 1 };

	assert_string_equal(built(&v2, LIMITS(.blkio_weight = 505)), "io.weight=5000, io.bfq.weight=505");
	assert_string_equal(built(&hybrid, LIMITS(.blkio_weight = 505)), "blkio.bfq.weight=505");
	assert_string_equal(built(&v1, LIMITS(.blkio_weight = 505)), "cgroup-no-controller");
	assert_non_null(strstr(e.cause, "blkio in /cg/v1"));
	assert_string_equal(built(&v2, LIMITS(.blkio_weight = 9)), "bad-limit");
	assert_string_equal(
		built(&v2, LIMITS(.read_bps = &t, .n_read_bps = 1, .write_iops = &t, .n_write_iops = 1)),
		"io.max=8:0 rbps=1048576, io.max=8:0 wiops=1048576");
	assert_string_equal(built(&v2, LIMITS(.write_bps = &zero, .n_write_bps = 1)), "io.max=8:0 wbps=max");
	assert_string_equal(
		built(&hybrid,
		      LIMITS(.read_iops = &t, .n_read_iops = 1, .write_bps = &zero, .n_write_bps = 1)),
		"blkio.throttle.write_bps_device=8:0 0, blkio.throttle.read_iops_device=8:0 1048576");
	assert_string_equal(built(&v2, LIMITS(.read_bps = &other, .n_read_bps = 1)), "bad-limit");
	assert_non_null(strstr(e.cause, "/dev/sdb"));
}

static void test_pids(void **state)
{
	assert_string_equal(built(&v2, LIMITS(.pids = 7)), "pids.max=7");
	assert_string_equal(built(&hybrid, LIMITS(.pids = 7)), "pids.max=7");
}

static const char *conf(const struct cgroup_layout *cg, const char *key, const char *value)
{
	const char *pair[] = { key, value };

	return built(cg, LIMITS(.conf = pair, .n_conf = 1));
}

static void test_conf(void **state)
{
	assert_string_equal(conf(&v2, "memory.high", "max"), "memory.high=max");
	assert_string_equal(conf(&v2, "cgroup.max.depth", "3"), "cgroup.max.depth=3");
	assert_string_equal(conf(&hybrid, "cgroup.max.depth", "3"), "cgroup.max.depth=3");
	assert_string_equal(conf(&hybrid, "hugetlb.2MB.max", "0"), "hugetlb.2MB.max=0");
	assert_string_equal(conf(&hybrid, "memory.max", "max"), "memory.limit_in_bytes=-1");
	assert_string_equal(conf(&hybrid, "memory.max", "8388608"), "memory.limit_in_bytes=8388608");
	assert_string_equal(conf(&hybrid, "pids.max", "max"), "pids.max=max");
	assert_string_equal(conf(&hybrid, "memory.high", "1"), "cgroup-no-file");
	assert_non_null(strstr(e.cause, "memory"));
	assert_non_null(strstr(e.cause, "/cg/v1"));
	assert_non_null(strstr(e.hint, "cgroup_no_v1=memory"));
	assert_string_equal(conf(&hybrid, "cpu.max", "max"), "cgroup-no-file");
	assert_string_equal(e.hint, "use --cpus");
	assert_string_equal(conf(&hybrid, "rdma.max", "max"), "cgroup-no-controller");
	assert_string_equal(conf(&v1, "cgroup.max.depth", "3"), "cgroup-no-file");
	/* after the options, so that it wins */
	const char *pair[] = { "pids.max", "9" };
	assert_string_equal(built(&v2, LIMITS(.pids = 7, .conf = pair, .n_conf = 1)),
			    "pids.max=7, pids.max=9");
}

static void test_conf_bad(void **state)
{
	static const char *const bad[] = { "",
					   "memory",
					   "memory.",
					   ".max",
					   "../memory.max",
					   "memory.max/..",
					   "foo.bar",
					   "cgroup.procs",
					   "cgroup.kill",
					   "cgroup.subtree_control",
					   "memory.max\n",
					   "devices.allow",
					   "freezer.state" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(conf(&v2, bad[i], "1"), "bad-limit");
}

/* Each option without its controller, and with one that was not delegated. */
static void test_not_to_be_had(void **state)
{
	struct spec_throttle t = { "/dev/sda", 1 };
	const struct spec_limits *each[] = {
		LIMITS(.memory = 1 << 20),
		LIMITS(.memory_reservation = 1 << 20),
		LIMITS(.cpu_quota = 10000),
		LIMITS(.cpu_shares = 100),
		LIMITS(.cpuset_cpus = "0"),
		LIMITS(.cpuset_mems = "0"),
		LIMITS(.pids = 5),
		LIMITS(.blkio_weight = 100),
		LIMITS(.read_bps = &t, .n_read_bps = 1),
		LIMITS(.write_bps = &t, .n_write_bps = 1),
		LIMITS(.read_iops = &t, .n_read_iops = 1),
		LIMITS(.write_iops = &t, .n_write_iops = 1),
	};
	struct cgroup_layout bare = { .v2 = "/cg" }, bare_v1 = { .v1_home = "/cg/pids" }, denied = v2;

	denied.v2 = NULL;
	denied.v2_denied = "/cg/session-1.scope";
	for (size_t i = 0; i < ARRAY_LEN(each); i++) {
		assert_string_equal(built(&bare, each[i]), "cgroup-no-controller");
		assert_non_null(strstr(e.cause, "/cg/cgroup.controllers"));
		assert_true(*e.hint);
		assert_string_equal(built(&bare_v1, each[i]), "cgroup-no-controller");
		assert_string_equal(built(&denied, each[i]), "cgroup-not-delegated");
		assert_non_null(strstr(e.cause, "/cg/session-1.scope"));
		assert_true(*e.hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, fresh, stale),
		cmocka_unit_test_setup_teardown(test_memory, fresh, stale),
		cmocka_unit_test_setup_teardown(test_memory_bad, fresh, stale),
		cmocka_unit_test_setup_teardown(test_cpu, fresh, stale),
		cmocka_unit_test_setup_teardown(test_weights, fresh, stale),
		cmocka_unit_test_setup_teardown(test_cpuset, fresh, stale),
		cmocka_unit_test_setup_teardown(test_io, fresh, stale),
		cmocka_unit_test_setup_teardown(test_pids, fresh, stale),
		cmocka_unit_test_setup_teardown(test_conf, fresh, stale),
		cmocka_unit_test_setup_teardown(test_conf_bad, fresh, stale),
		cmocka_unit_test_setup_teardown(test_not_to_be_had, fresh, stale),
	};

	return cmocka_run_group_tests(tests, hosts, NULL);
}
