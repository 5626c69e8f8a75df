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
static struct spec_limits l;
static struct limits_now now;

/* Made-up hosts. */
static struct cgroup_layout v2 = { .v2 = "/cg",
				   .memsw = true,
				   .io_weight = true,
				   .bfq_weight = true,
				   .v2_controllers = "cpuset cpu io memory hugetlb pids rdma misc dmem" };
static struct cgroup_layout hybrid = {
	.v2 = "/cg/unified", .memsw = true, .bfq_weight = true, .v2_controllers = "hugetlb"
};
static struct cgroup_layout bare = { .v2 = "/cg", .v2_controllers = "" };

static int hosts(void **state)
{
	for (int c = 0; c < CG_NET_CLS; c++) {
		v2.at[c].held = CG_IN_V2;
		v2.at[c].base = "/cg";
	}
	for (int c = 0; c < CG_COUNT; c++) {
		hybrid.at[c].held = CG_IN_V1;
		hybrid.at[c].base = "/cg/v1";
	}
	hybrid.at[CG_HUGETLB].held = CG_IN_V2;
	hybrid.at[CG_HUGETLB].base = "/cg/unified";
	return 0;
}

static int fresh(void **state)
{
	a = (struct arena)ARENA_INIT(first);
	e = (struct err){ 0 };
	spec_limits_init(&l);
	now = (struct limits_now){ LIMIT_UNSET, LIMIT_UNSET, LIMIT_UNSET, LIMIT_UNSET, LIMIT_UNSET, 0 };
	return 0;
}

static int stale(void **state)
{
	arena_free(&a);
	return 0;
}

/* The writes as text, "file=value", "file?=value" for an optional one; or the code of the error. */
static const char *write_list(const struct cgroup_layout *cg, const struct limits_now *n)
{
	struct limits_facts f = { .cg = cg, .cpus = 4, .page_size = 4096, .now = n };
	struct str s = { .arena = &a };
	struct limit_write *w;
	size_t count;

	if (limits_oci_build(&a, &l, &f, &w, &count, &e) < 0)
		return e.code;
	for (size_t i = 0; i < count; i++) {
		str_addf(&s, "%s%s%s=%s", i ? ", " : "", w[i].file, w[i].optional ? "?" : "", w[i].value);
		/* whatever is written was announced, so that it was probed */
		assert_true(w[i].controller == CG_COUNT || (limits_oci_need(&l) & CG_BIT(w[i].controller)));
	}
	return str_get(&s);
}

static const char *built(const struct cgroup_layout *cg)
{
	return write_list(cg, NULL);
}

static const char *updated(const struct cgroup_layout *cg)
{
	return write_list(cg, &now);
}

/* 0 is "not given", as in Go's structs (but of pids). */
static void test_none(void **state)
{
	assert_string_equal(built(&v2), "");
	assert_int_equal(limits_oci_need(&l), 0);
	l.memory = l.memory_swap = l.memory_reservation = l.cpu_quota = l.oom_kill_disable = 0;
	l.memory_swappiness = -1;
	assert_string_equal(built(&v2), "");
	assert_string_equal(built(&hybrid), "");
	assert_int_equal(limits_oci_need(&l), 0);
}

static void test_memory(void **state)
{
	l.memory = 100 << 20;
	assert_string_equal(built(&v2), "memory.max=104857600");
	assert_string_equal(built(&hybrid), "memory.limit_in_bytes=104857600");
	l.memory_swap = 150 << 20;
	l.memory_reservation = 50 << 20;
	assert_string_equal(built(&v2),
			    "memory.max=104857600, memory.swap.max=52428800, memory.low=52428800");
	assert_string_equal(built(&hybrid),
			    "memory.limit_in_bytes=104857600, memory.memsw.limit_in_bytes=157286400, "
			    "memory.soft_limit_in_bytes=52428800");
	l.memory_reservation = LIMIT_UNSET;
	l.memory_swap = l.memory;
	assert_string_equal(built(&v2), "memory.max=104857600, memory.swap.max?=0");
	l.memory_swap = LIMIT_UNLIMITED;
	assert_string_equal(built(&v2), "memory.max=104857600, memory.swap.max?=max");
	assert_string_equal(built(&hybrid),
			    "memory.limit_in_bytes=104857600, memory.memsw.limit_in_bytes?=-1");
	l.memory = LIMIT_UNLIMITED;
	l.memory_swap = 0;
	assert_string_equal(built(&v2), "memory.max=max, memory.swap.max?=max");
	assert_string_equal(built(&hybrid), "memory.limit_in_bytes=-1, memory.memsw.limit_in_bytes?=-1");
}

static void test_memory_bad(void **state)
{
	l.memory_swap = 1 << 20;
	assert_string_equal(built(&v2), "bad-limit");
	e = (struct err){ 0 };
	l.memory = LIMIT_UNLIMITED;
	assert_string_equal(built(&v2), "bad-limit");
	l.memory = 2 << 20;
	assert_string_equal(built(&hybrid), "bad-limit");
	l.memory_swap = 3 << 20;
	v2.memsw = false;
	assert_string_equal(built(&v2), "cgroup-no-controller");
	v2.memsw = true;
	assert_string_equal(built(&bare), "cgroup-no-controller");
}

/* v1: the kernel refuses memory above the total that holds now, so the total goes first. */
static void test_memory_update(void **state)
{
	now.memory = 50 << 20;
	now.memory_swap = 60 << 20;
	l.memory = 100 << 20;
	assert_string_equal(updated(&hybrid), "bad-limit");
	l.memory_swap = 200 << 20;
	assert_string_equal(updated(&hybrid),
			    "memory.memsw.limit_in_bytes=209715200, memory.limit_in_bytes=104857600");
	l.memory = 40 << 20;
	l.memory_swap = 45 << 20;
	assert_string_equal(updated(&hybrid),
			    "memory.limit_in_bytes=41943040, memory.memsw.limit_in_bytes=47185920");
	l.memory = LIMIT_UNLIMITED;
	l.memory_swap = LIMIT_UNSET;
	assert_string_equal(updated(&hybrid), "memory.memsw.limit_in_bytes?=-1, memory.limit_in_bytes=-1");
	/* swap alone: what memory has now counts */
	l.memory = LIMIT_UNSET;
	l.memory_swap = 80 << 20;
	assert_string_equal(updated(&v2), "memory.swap.max=31457280");
}

static void test_memory_check(void **state)
{
	now.memory_used = 20 << 20;
	l.memory = 10 << 20;
	assert_string_equal(updated(&v2), "memory.max=10485760");
	l.memory_check = true;
	assert_string_equal(updated(&v2), "limit-below-use");
	l.memory = 20 << 20;
	assert_string_equal(updated(&v2), "memory.max=20971520");
	l.memory = LIMIT_UNLIMITED;
	assert_string_equal(updated(&v2), "memory.max=max, memory.swap.max?=max");
}

static void test_memory_v1_only(void **state)
{
	l.memory_swappiness = 60;
	assert_string_equal(built(&hybrid), "memory.swappiness=60");
	assert_string_equal(built(&v2), "cgroup-no-file");
	l.memory_swappiness = 101;
	assert_string_equal(built(&hybrid), "bad-limit");
	l.memory_swappiness = LIMIT_UNSET;
	l.oom_kill_disable = 1;
	assert_string_equal(built(&hybrid), "memory.oom_control=1");
	assert_string_equal(built(&v2), "cgroup-no-file");
}

static void test_weight(void **state)
{
	assert_int_equal(limits_oci_cpu_weight(1), 1);
	assert_int_equal(limits_oci_cpu_weight(2), 1);
	assert_int_equal(limits_oci_cpu_weight(512), 59);
	assert_int_equal(limits_oci_cpu_weight(1024), 100);
	assert_int_equal(limits_oci_cpu_weight(262144), 10000);
	assert_int_equal(limits_oci_cpu_weight(UINT64_MAX), 10000);
	for (uint64_t s = 2; s < 262144; s += 37)
		assert_true(limits_oci_cpu_weight(s) <= limits_oci_cpu_weight(s + 37));
}

static void test_cpu(void **state)
{
	l.cpu_shares = 1024;
	assert_string_equal(built(&v2), "cpu.weight=100");
	assert_string_equal(built(&hybrid), "cpu.shares=1024");
	l.cpu_shares = 1;
	assert_string_equal(built(&hybrid), "cpu.shares=2");
	l.cpu_shares = 0;
	l.cpu_quota = 50000;
	assert_string_equal(built(&v2), "cpu.max=50000 100000");
	assert_string_equal(built(&hybrid), "cpu.cfs_quota_us=50000");
	l.cpu_period = 200000;
	l.cpu_burst = 20000;
	assert_string_equal(built(&v2), "cpu.max=50000 200000, cpu.max.burst=20000");
	assert_string_equal(built(&hybrid),
			    "cpu.cfs_period_us=200000, cpu.cfs_quota_us=50000, cpu.cfs_burst_us=20000");
	l.cpu_burst = 50001;
	assert_string_equal(built(&v2), "bad-limit");
	l.cpu_burst = LIMIT_UNSET;
	l.cpu_quota = LIMIT_UNLIMITED;
	assert_string_equal(built(&v2), "cpu.max=max 200000");
	assert_string_equal(built(&hybrid), "cpu.cfs_period_us=200000, cpu.cfs_quota_us=-1");
}

static void test_cpu_update(void **state)
{
	now.cpu_quota = 50000;
	now.cpu_period = 200000;
	now.cpu_burst = 30000;
	l.cpu_period = 100000;
	assert_string_equal(updated(&v2), "cpu.max=50000 100000");
	l.cpu_quota = 30000;
	/* first what lowers the part of the CPU, and the burst before a quota below it */
	assert_string_equal(updated(&hybrid), "cpu.cfs_quota_us=30000, cpu.cfs_period_us=100000");
	l.cpu_quota = 20000;
	assert_string_equal(updated(&v2), "bad-limit");
	l.cpu_burst = 10000;
	assert_string_equal(updated(&v2), "cpu.max.burst=10000, cpu.max=20000 100000");
	l.cpu_period = 0;
	assert_string_equal(updated(&v2), "cpu.max.burst=10000, cpu.max=20000 200000");
	l.cpu_quota = 90000;
	l.cpu_burst = 80000;
	assert_string_equal(updated(&v2), "cpu.max=90000 200000, cpu.max.burst=80000");
	l.cpu_quota = 0;
	assert_string_equal(updated(&v2), "bad-limit");
	l.cpu_burst = 50000;
	assert_string_equal(updated(&v2), "cpu.max.burst=50000");
}

static void test_idle(void **state)
{
	l.cpu_shares = 2048;
	l.cpu_idle = 1;
	assert_string_equal(built(&hybrid), "cpu.shares=2048, cpu.idle=1");
	l.cpu_idle = 0;
	assert_string_equal(built(&hybrid), "cpu.idle=0, cpu.shares=2048");
	l.cpu_idle = 2;
	assert_string_equal(built(&hybrid), "bad-limit");
}

static void test_realtime(void **state)
{
	l.cpu_rt_period = 1000000;
	l.cpu_rt_runtime = 950000;
	assert_string_equal(built(&hybrid), "cpu.rt_period_us=1000000, cpu.rt_runtime_us=950000");
	assert_string_equal(built(&v2), "cgroup-no-file");
	/* no write may leave more runtime than there is period */
	now.cpu_rt_period = 500000;
	assert_string_equal(updated(&hybrid), "cpu.rt_period_us=1000000, cpu.rt_runtime_us=950000");
	now.cpu_rt_period = 2000000;
	assert_string_equal(updated(&hybrid), "cpu.rt_runtime_us=950000, cpu.rt_period_us=1000000");
}

static void test_cpuset_pids(void **state)
{
	l.cpuset_cpus = "0-63";
	l.cpuset_mems = "0";
	l.pids = 10;
	assert_string_equal(built(&v2), "cpuset.cpus=0-63, cpuset.mems=0, pids.max=10");
	l.cpuset_cpus = "0-";
	assert_string_equal(built(&v2), "bad-limit");
	l.cpuset_cpus = l.cpuset_mems = NULL;
	l.pids = LIMIT_UNLIMITED;
	assert_string_equal(built(&hybrid), "pids.max=max");
	l.pids = 0;
	assert_string_equal(built(&v2), "pids.max=0");
}

static void test_io(void **state)
{
	struct spec_weight weights[] = { { 8, 0, 500, 0 } };
	struct spec_throttle read[] = { { NULL, 1000, 8, 16 } }, write[] = { { NULL, 0, 8, 16 } };

	l.blkio_weight = 100;
	l.blkio_weights = weights;
	l.n_blkio_weights = 1;
	l.read_bps = read;
	l.write_iops = write;
	l.n_read_bps = l.n_write_iops = 1;
	assert_string_equal(built(&v2),
			    "io.weight=910, io.bfq.weight=100, io.weight=8:0 4950, io.bfq.weight=8:0 500, "
			    "io.max=8:16 rbps=1000, io.max=8:16 wiops=max");
	assert_string_equal(built(&hybrid), "blkio.bfq.weight=100, blkio.bfq.weight_device=8:0 500, "
					    "blkio.throttle.read_bps_device=8:16 1000, "
					    "blkio.throttle.write_iops_device=8:16 0");
	weights[0].leaf_weight = 10;
	assert_string_equal(built(&hybrid), "cgroup-no-file");
	weights[0] = (struct spec_weight){ 8, 0, 9, 0 };
	assert_string_equal(built(&hybrid), "bad-limit");
}

static void test_others(void **state)
{
	struct spec_hugepages pages[] = { { "2MB", 4 << 20 } };
	struct spec_rdma rdma[] = { { "mlx5_1", 3, LIMIT_UNSET },
				    { "mlx4_0", LIMIT_UNSET, LIMIT_UNLIMITED } };
	struct spec_net_priority prio[] = { { "eth0", 500 } };

	l.hugepages = pages;
	l.n_hugepages = 1;
	assert_string_equal(built(&v2), "hugetlb.2MB.max=4194304, hugetlb.2MB.rsvd.max?=4194304");
	assert_string_equal(built(&bare), "cgroup-no-controller");
	l.n_hugepages = 0;
	l.rdma = rdma;
	l.n_rdma = 2;
	assert_string_equal(built(&v2), "rdma.max=mlx5_1 hca_handle=3, rdma.max=mlx4_0 hca_object=max");
	l.n_rdma = 0;
	l.net_class_id = 1048577;
	l.net_priorities = prio;
	l.n_net_priorities = 1;
	assert_string_equal(built(&hybrid), "net_cls.classid=1048577, net_prio.ifpriomap=eth0 500");
	assert_string_equal(built(&v2), "cgroup-no-controller");
}

static const char *unified(const struct cgroup_layout *cg, const char *key, const char *value)
{
	const char *pair[] = { key, value };

	l.conf = pair;
	l.n_conf = 1;
	e = (struct err){ 0 };
	return built(cg);
}

static void test_unified(void **state)
{
	assert_string_equal(unified(&v2, "memory.high", "1000"), "memory.high=1000");
	/* one device a write */
	assert_string_equal(unified(&v2, "io.max", "8:0 rbps=1\n8:16 rbps=2\n"),
			    "io.max=8:0 rbps=1, io.max=8:16 rbps=2");
	assert_string_equal(unified(&v2, "cgroup.max.depth", "3"), "cgroup.max.depth=3");
	/* unknown to us, but the kernel has such a controller */
	assert_string_equal(unified(&v2, "dmem.max", "x 1"), "dmem.max=x 1");
	assert_string_equal(unified(&v2, "nothing.max", "1"), "cgroup-no-controller");
	assert_string_equal(unified(&bare, "memory.high", "1000"), "cgroup-no-controller");
	assert_string_equal(unified(&v2, "../memory.max", "1"), "bad-limit");
	assert_string_equal(unified(&v2, "memory.max/../x", "1"), "bad-limit");
	assert_string_equal(unified(&v2, "cgroup.procs", "1"), "bad-limit");
	assert_string_equal(unified(&hybrid, "memory.max", "max"), "memory.limit_in_bytes=-1");
	assert_string_equal(unified(&hybrid, "memory.high", "1000"), "cgroup-no-file");
}

/* guise update: the last value that it writes, or what it refuses: as run, and by the names of its
 * options. */
static const char *update_of(const struct cgroup_layout *cg)
{
	struct limits_facts f = { .cg = cg, .cpus = 4, .page_size = 4096, .now = &now };
	struct limit_write *w;
	size_t n;

	if (limits_update_build(&a, &l, &f, &w, &n, &e) == 0)
		return n ? w[n - 1].value : "";
	return e.what;
}

static void test_engine_update(void **state)
{
	l.cpu_shares = 512;
	assert_string_equal(update_of(&v2), "50");
	assert_string_equal(built(&v2), "cpu.weight=59");
	l.cpu_shares = 0;
	l.memory = 1000;
	assert_string_equal(update_of(&v2), "set --memory");
	l.memory = 1 << 20;
	l.memory_swap = 1 << 19;
	assert_string_equal(update_of(&hybrid), "set --memory-swap");
	assert_non_null(strstr(e.cause, "less than --memory"));
	spec_limits_init(&l);
	l.cpu_quota = 500000;
	assert_string_equal(update_of(&hybrid), "set --cpu-quota");
	now.cpu_period = 200000;
	assert_string_equal(update_of(&hybrid), "500000");
	l.cpuset_cpus = "0-9";
	assert_string_equal(update_of(&v2), "0-9");
	v2.cpus = "0-3";
	assert_string_equal(update_of(&v2), "set --cpuset-cpus");
	v2.cpus = NULL;
	spec_limits_init(&l);
	l.pids = 10;
	assert_string_equal(update_of(&bare), "set --pids-limit");
}

#define test(t) cmocka_unit_test_setup_teardown(t, fresh, stale)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_none),         test(test_memory),
		test(test_memory_bad),   test(test_memory_update),
		test(test_memory_check), test(test_memory_v1_only),
		test(test_weight),       test(test_cpu),
		test(test_cpu_update),   test(test_idle),
		test(test_realtime),     test(test_cpuset_pids),
		test(test_io),           test(test_others),
		test(test_unified),      test(test_engine_update),
	};

	return cmocka_run_group_tests(tests, hosts, NULL);
}
