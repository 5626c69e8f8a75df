/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "spec/limits_parts.h"

static bool given(int64_t limit)
{
	return limit != LIMIT_UNSET && limit != 0;
}

static int64_t page_floor(const struct limits_writer *b, int64_t bytes)
{
	return bytes > 0 ? bytes & ~((int64_t)b->f->page_size - 1) : bytes;
}

/* A number of bytes, or the word that each version has for no limit. */
static const char *bytes_or_none(struct limits_writer *b, enum cgroup_controller c, int64_t bytes)
{
	if (bytes < 0)
		return limits_in_v2(b, c) ? "max" : "-1";
	return arena_printf(b->a, "%" PRId64, page_floor(b, bytes));
}

/* What the specification knows, but this version of cgroups has no file for: "if the conversion is not
 * possible the runtime MUST generate an error". */
static bool only_v1(struct limits_writer *b, enum cgroup_controller c, const char *option)
{
	if (!limits_may(b, c, option))
		return false;
	if (!limits_in_v2(b, c))
		return true;
	err_set(b->e, "cgroup-no-file", ENOENT, "set %s", option);
	err_cause(b->e,
		  "the controller %s is held by cgroup v2, at %s, which has no file of the same meaning",
		  cgroup_name[c], b->f->cg->at[c].base);
	b->r = err_hint(b->e, "leave it out");
	return false;
}

/* ---- memory ---- */

/* The write of the total of memory and swap (v1), or of swap (v2). `memory` is the limit that will hold with
 * it, UNSET where none is known. */
static void swap_put(struct limits_writer *b, int64_t memory)
{
	int64_t total = b->l->memory_swap;
	bool none = total < 0;

	if (total > 0 && (memory == LIMIT_UNSET || memory == 0))
		limits_bad(b, "memory.swap", "it is memory and swap together, and needs %s as well",
			   limits_word(b, "memory.limit"));
	if (total > 0 && memory < 0)
		limits_bad(b, "memory.swap", "it is memory and swap together, and %s is unlimited",
			   limits_word(b, "memory.limit"));
	if (total > 0 && total < memory)
		limits_bad(b, "memory.swap", "it is memory and swap together, and less than %s",
			   limits_word(b, "memory.limit"));
	/* the same as no swap at all: that holds, too, where the kernel does not account swap because there
	 * is none */
	none |= page_floor(b, total) == page_floor(b, memory);
	if (!b->f->cg->memsw && !none && b->r == 0) {
		err_set(b->e, "cgroup-no-controller", ENOENT, "set %s", limits_word(b, "memory.swap"));
		err_cause(b->e, "the kernel does not account swap in %s", b->f->cg->at[CG_MEMORY].base);
		b->r = err_hint(b->e, "boot with swapaccount=1, or leave it out");
	}
	if (b->r < 0)
		return;
	if (limits_in_v2(b, CG_MEMORY))
		limits_put(b, CG_MEMORY, "memory.swap.max", "%s",
			   total < 0 ? "max" :
				       arena_printf(b->a, "%" PRId64,
						    page_floor(b, total) - page_floor(b, memory)));
	else
		limits_put(b, CG_MEMORY, "memory.memsw.limit_in_bytes", "%s",
			   bytes_or_none(b, CG_MEMORY, total));
	b->writes[b->n - 1].optional = none;
}

/* v2 kills processes until the use fits a lower limit. Whoever asks for that check gets v1's refusal
 * instead. */
static void check_use(struct limits_writer *b, int64_t memory)
{
	int64_t used = b->f->now ? b->f->now->memory_used : LIMIT_UNSET;

	if (b->r < 0 || !b->l->memory_check || memory < 0 || used <= memory)
		return;
	err_set(b->e, "limit-below-use", EBUSY, "set memory.limit to %" PRId64, memory);
	b->r = err_cause(b->e, "the container uses %" PRId64 " bytes, and checkBeforeUpdate is set", used);
}

/* What would kill the container at once, or could never be: `run` refuses it, too. */
static void check_memory(struct limits_writer *b)
{
	if (!b->oci && b->l->memory > 0 && b->l->memory < LIMITS_MEMORY_MIN)
		limits_bad(b, "memory.limit",
			   "%" PRId64 " bytes is below %d, the least a process can start with", b->l->memory,
			   LIMITS_MEMORY_MIN);
}

/*
 * v1 wants a limit of memory that is never above that of both together, at each write. So where memory is
 * raised beyond the present total, the total goes first.
 */
static void memory_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;
	const struct limits_now *now = b->f->now;
	bool v1 = !limits_in_v2(b, CG_MEMORY), with_swap = given(l->memory_swap), swap_first;
	int64_t memory = given(l->memory) ? l->memory : now ? now->memory : LIMIT_UNSET;
	int64_t total = now ? now->memory_swap : LIMIT_UNLIMITED;
	struct spec_limits both = *l;

	if (!given(l->memory) && !with_swap)
		return;
	check_memory(b);
	if (!limits_may(b, CG_MEMORY, given(l->memory) ? "memory.limit" : "memory.swap"))
		return;
	/* as runc: memory without a limit, and nothing said of swap, is both without */
	if (!with_swap && l->memory == LIMIT_UNLIMITED) {
		both.memory_swap = LIMIT_UNLIMITED;
		b->l = &both;
		with_swap = true;
	}
	swap_first = v1 && with_swap && total > 0 && (memory < 0 || memory > total);
	if (v1 && given(l->memory) && !with_swap && total > 0 && memory > total)
		limits_bad(b, "memory.limit",
			   "it is more than the present limit of memory and swap together, %" PRId64
			   ": set %s as well",
			   total, limits_word(b, "memory.swap"));
	check_use(b, given(l->memory) ? memory : LIMIT_UNLIMITED);
	if (swap_first)
		swap_put(b, memory);
	if (given(l->memory))
		limits_put(b, CG_MEMORY, v1 ? "memory.limit_in_bytes" : "memory.max", "%s",
			   bytes_or_none(b, CG_MEMORY, memory));
	if (with_swap && !swap_first)
		swap_put(b, memory);
	b->l = l;
}

static void memory_more_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;

	if (given(l->memory_reservation) && limits_may(b, CG_MEMORY, "memory.reservation"))
		limits_put(b, CG_MEMORY,
			   limits_in_v2(b, CG_MEMORY) ? "memory.low" : "memory.soft_limit_in_bytes", "%s",
			   bytes_or_none(b, CG_MEMORY, l->memory_reservation));
	/* -1, which engines write for "not given", too */
	if (l->memory_swappiness >= 0 && only_v1(b, CG_MEMORY, "memory.swappiness")) {
		if (l->memory_swappiness > 100)
			limits_bad(b, "memory.swappiness", "%" PRId64 " is not in 0 to 100",
				   l->memory_swappiness);
		limits_put(b, CG_MEMORY, "memory.swappiness", "%" PRId64, l->memory_swappiness);
	}
	if (l->oom_kill_disable == 1 && only_v1(b, CG_MEMORY, "memory.disableOOMKiller"))
		limits_put(b, CG_MEMORY, "memory.oom_control", "1");
}

/* ---- cpu ---- */

uint64_t limits_oci_cpu_weight(uint64_t shares)
{
	double l;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2((double)shares);
	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

/* The kernel takes no weight while cpu.idle is 1. */
static void shares_build(struct limits_writer *b)
{
	uint64_t shares = b->l->cpu_shares;
	int64_t idle = b->l->cpu_idle;

	if (idle != LIMIT_UNSET && idle != 0 && idle != 1)
		limits_bad(b, "cpu.idle", "%" PRId64 " is neither 0 nor 1", idle);
	if (idle == 0 && limits_may(b, CG_CPU, "cpu.idle"))
		limits_put(b, CG_CPU, "cpu.idle", "0");
	if (shares && limits_may(b, CG_CPU, "cpu.shares")) {
		if (limits_in_v2(b, CG_CPU))
			limits_put(b, CG_CPU, "cpu.weight", "%" PRIu64, b->cpu_weight(shares));
		else
			limits_put(b, CG_CPU, "cpu.shares", "%" PRIu64,
				   shares < 2      ? 2 :
				   shares > 262144 ? 262144 :
						     shares);
	}
	if (idle == 1 && limits_may(b, CG_CPU, "cpu.idle"))
		limits_put(b, CG_CPU, "cpu.idle", "1");
}

static void burst_put(struct limits_writer *b)
{
	limits_put(b, CG_CPU, limits_in_v2(b, CG_CPU) ? "cpu.max.burst" : "cpu.cfs_burst_us", "%" PRId64,
		   b->l->cpu_burst);
}

/* Quota and period are one file in v2: what is not given of them stays as it is. */
static void quota_put_v2(struct limits_writer *b)
{
	const struct limits_now *now = b->f->now;
	int64_t quota = given(b->l->cpu_quota) ? b->l->cpu_quota : now ? now->cpu_quota : LIMIT_UNLIMITED;
	uint64_t period = b->l->cpu_period ?: now ? now->cpu_period : 0;

	limits_put(b, CG_CPU, "cpu.max", "%s %" PRIu64,
		   quota > 0 ? arena_printf(b->a, "%" PRId64, quota) : "max", period ?: 100000);
}

/* Two files in v1, and a parent's part of the CPU must not be exceeded between the two writes either: the one
 * that lowers the part goes first. */
static void quota_put_v1(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;
	const struct limits_now *now = b->f->now;
	bool period_last = now && given(l->cpu_quota) && now->cpu_quota > 0 && now->cpu_period &&
			   l->cpu_period < now->cpu_period;

	if (l->cpu_period && !period_last)
		limits_put(b, CG_CPU, "cpu.cfs_period_us", "%" PRIu64, l->cpu_period);
	if (given(l->cpu_quota))
		limits_put(b, CG_CPU, "cpu.cfs_quota_us", "%" PRId64, l->cpu_quota > 0 ? l->cpu_quota : -1);
	if (l->cpu_period && period_last)
		limits_put(b, CG_CPU, "cpu.cfs_period_us", "%" PRIu64, l->cpu_period);
}

/* More than all processors is a slip of the pen, which `run` refuses, too. */
static void check_quota(struct limits_writer *b)
{
	const struct limits_now *now = b->f->now;
	uint64_t period = b->l->cpu_period ?: now && now->cpu_period ? now->cpu_period : 100000;

	if (!b->oci && b->l->cpu_quota > 0 && (uint64_t)b->l->cpu_quota > period * b->f->cpus)
		limits_bad(b, "cpu.quota",
			   "%" PRId64 " of %" PRIu64 " us is more than the %u CPUs that are online",
			   b->l->cpu_quota, period, b->f->cpus);
}

/* The kernel wants a burst that is no more than the quota, at each write. */
static void quota_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;
	const struct limits_now *now = b->f->now;
	bool burst = l->cpu_burst != LIMIT_UNSET;
	bool burst_first = burst && now && now->cpu_burst > l->cpu_burst;

	if (burst && l->cpu_quota > 0 && l->cpu_burst > l->cpu_quota)
		limits_bad(b, "cpu.burst", "it is more than cpu.quota");
	if (burst && !given(l->cpu_quota) && now && now->cpu_quota > 0 && l->cpu_burst > now->cpu_quota)
		limits_bad(b, "cpu.burst",
			   "it is more than the present quota, %" PRId64 ": set cpu.quota as well",
			   now->cpu_quota);
	if (!burst && l->cpu_quota > 0 && now && now->cpu_burst > l->cpu_quota)
		limits_bad(b, "cpu.quota",
			   "it is less than the present burst, %" PRId64 ": set cpu.burst as well",
			   now->cpu_burst);
	if (!burst && !given(l->cpu_quota) && !l->cpu_period)
		return;
	check_quota(b);
	if (!limits_may(b, CG_CPU, given(l->cpu_quota) ? "cpu.quota" : burst ? "cpu.burst" : "cpu.period"))
		return;
	if (burst_first)
		burst_put(b);
	if (given(l->cpu_quota) || l->cpu_period)
		limits_in_v2(b, CG_CPU) ? quota_put_v2(b) : quota_put_v1(b);
	if (burst && !burst_first)
		burst_put(b);
}

static void rt_period_put(struct limits_writer *b)
{
	if (b->l->cpu_rt_period && only_v1(b, CG_CPU, "cpu.realtimePeriod"))
		limits_put(b, CG_CPU, "cpu.rt_period_us", "%" PRIu64, b->l->cpu_rt_period);
}

/* The kernel wants a runtime that is no more than the period, and a part of the CPU that is no more than the
 * parent's, at each write: a shorter period comes last, a longer one first. */
static void realtime_build(struct limits_writer *b)
{
	const struct limits_now *now = b->f->now;
	bool period_last = now && b->l->cpu_rt_period < now->cpu_rt_period;

	if (!period_last)
		rt_period_put(b);
	if (given(b->l->cpu_rt_runtime) && only_v1(b, CG_CPU, "cpu.realtimeRuntime"))
		limits_put(b, CG_CPU, "cpu.rt_runtime_us", "%" PRId64, b->l->cpu_rt_runtime);
	if (period_last)
		rt_period_put(b);
}

/* ---- the rest ---- */

/* What is limited are reservations, "by default, if supported by the kernel" (Linux 5.7). The limit of use is
 * the fallback, and does no harm beside it. */
static void hugepages_build(struct limits_writer *b)
{
	for (size_t i = 0; i < b->l->n_hugepages; i++) {
		const struct spec_hugepages *h = &b->l->hugepages[i];
		const char *end = limits_in_v2(b, CG_HUGETLB) ? "max" : "limit_in_bytes";

		if (!limits_may(b, CG_HUGETLB, "hugepageLimits"))
			return;
		limits_put(b, CG_HUGETLB, arena_printf(b->a, "hugetlb.%s.%s", h->size, end), "%" PRIu64,
			   h->limit);
		limits_put(b, CG_HUGETLB, arena_printf(b->a, "hugetlb.%s.rsvd.%s", h->size, end), "%" PRIu64,
			   h->limit);
		if (b->r == 0)
			b->writes[b->n - 1].optional = true;
	}
}

static void rdma_build(struct limits_writer *b)
{
	for (size_t i = 0; i < b->l->n_rdma; i++) {
		const struct spec_rdma *d = &b->l->rdma[i];
		struct str value = { .arena = b->a };

		if (!limits_may(b, CG_RDMA, "rdma"))
			return;
		str_add(&value, d->device);
		if (d->handles != LIMIT_UNSET)
			str_addf(&value, d->handles < 0 ? " hca_handle=max" : " hca_handle=%" PRId64,
				 d->handles);
		if (d->objects != LIMIT_UNSET)
			str_addf(&value, d->objects < 0 ? " hca_object=max" : " hca_object=%" PRId64,
				 d->objects);
		limits_put(b, CG_RDMA, "rdma.max", "%s", value.p);
	}
}

static void network_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;

	if (l->net_class_id != LIMIT_UNSET && only_v1(b, CG_NET_CLS, "network.classID"))
		limits_put(b, CG_NET_CLS, "net_cls.classid", "%" PRId64, l->net_class_id);
	for (size_t i = 0; i < l->n_net_priorities; i++)
		if (only_v1(b, CG_NET_PRIO, "network.priorities"))
			limits_put(b, CG_NET_PRIO, "net_prio.ifpriomap", "%s %" PRIu32,
				   l->net_priorities[i].interface, l->net_priorities[i].priority);
}

unsigned limits_oci_need(const struct spec_limits *l)
{
	unsigned need = 0;

	if (given(l->memory) || given(l->memory_swap) || given(l->memory_reservation) ||
	    l->memory_swappiness >= 0 || l->oom_kill_disable == 1)
		need |= CG_BIT(CG_MEMORY);
	if (given(l->cpu_quota) || l->cpu_period || l->cpu_burst != LIMIT_UNSET || l->cpu_rt_period ||
	    given(l->cpu_rt_runtime) || l->cpu_idle != LIMIT_UNSET || l->cpu_shares)
		need |= CG_BIT(CG_CPU);
	if (l->cpuset_cpus || l->cpuset_mems)
		need |= CG_BIT(CG_CPUSET);
	if (l->blkio_weight || l->blkio_leaf_weight || l->n_blkio_weights || l->n_read_bps ||
	    l->n_write_bps || l->n_read_iops || l->n_write_iops)
		need |= CG_BIT(CG_IO);
	need |= l->pids != LIMIT_UNSET ? CG_BIT(CG_PIDS) : 0;
	need |= l->n_hugepages ? CG_BIT(CG_HUGETLB) : 0;
	need |= l->n_rdma ? CG_BIT(CG_RDMA) : 0;
	need |= l->net_class_id != LIMIT_UNSET ? CG_BIT(CG_NET_CLS) : 0;
	need |= l->n_net_priorities ? CG_BIT(CG_NET_PRIO) : 0;
	for (size_t i = 0; i < l->n_conf; i++) {
		int c = limits_conf_controller(l->conf[2 * i]);

		if (c >= 0 && c < CG_COUNT)
			need |= CG_BIT(c);
	}
	return need;
}

static int build(struct limits_writer *b, struct limit_write **writes, size_t *n)
{
	static const char *const throttles[] = { "blockIO.throttleReadBpsDevice",
						 "blockIO.throttleWriteBpsDevice",
						 "blockIO.throttleReadIOPSDevice",
						 "blockIO.throttleWriteIOPSDevice" };
	const struct spec_limits *l = b->l;

	memory_build(b);
	memory_more_build(b);
	shares_build(b);
	quota_build(b);
	realtime_build(b);
	limits_put_cpuset(b, "cpu.cpus", "cpuset.cpus", l->cpuset_cpus, b->oci ? NULL : b->f->cg->cpus);
	limits_put_cpuset(b, "cpu.mems", "cpuset.mems", l->cpuset_mems, b->oci ? NULL : b->f->cg->mems);
	/* 0 "is a valid limit value", since 1.3 (config-linux.md, "PIDs") */
	if (l->pids != LIMIT_UNSET && limits_may(b, CG_PIDS, "pids.limit"))
		limits_put(b, CG_PIDS, "pids.max", "%s",
			   l->pids < 0 ? "max" : arena_printf(b->a, "%" PRId64, l->pids));
	limits_put_io_weight(b, "blockIO.weight");
	limits_put_io_devices(b, "blockIO.weightDevice", "blockIO.leafWeight");
	limits_put_throttles(b, throttles);
	hugepages_build(b);
	rdma_build(b);
	network_build(b);
	/* Last: who names a file knows what they want. */
	limits_put_conf(b);
	*writes = b->writes;
	*n = b->n;
	return b->r;
}

int limits_oci_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		     struct limit_write **writes, size_t *n, struct err *e)
{
	struct limits_writer b = {
		.a = a, .l = l, .f = f, .oci = true, .cpu_weight = limits_oci_cpu_weight, .e = e
	};

	return build(&b, writes, n);
}

int limits_update_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
			struct limit_write **writes, size_t *n, struct err *e)
{
	struct limits_writer b = { .a = a, .l = l, .f = f, .cpu_weight = limits_cpu_weight, .e = e };

	return build(&b, writes, n);
}
