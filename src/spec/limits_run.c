/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "spec/limits_parts.h"

/* --memory-swap is memory and swap together, as v1's file is; v2's is swap alone. v1 refuses a total below
 * the limit of memory, so this is written second. */
static void swap_build(struct limits_writer *b, int64_t memory)
{
	int64_t total = b->l->memory_swap;

	if (total == LIMIT_UNLIMITED)
		return;
	if (!b->f->cg->memsw) {
		if (total <= 0 || b->r < 0)
			return;
		err_set(b->e, "cgroup-no-controller", ENOENT, "set --memory-swap");
		err_cause(b->e, "the kernel does not account swap in %s", b->f->cg->at[CG_MEMORY].base);
		b->r = err_hint(b->e, "boot with swapaccount=1, or leave it out");
		return;
	}
	/* Docker's default: as much swap as memory. */
	total = total > 0 ? total & ~((int64_t)b->f->page_size - 1) : 2 * memory;
	if (limits_in_v2(b, CG_MEMORY))
		limits_put(b, CG_MEMORY, "memory.swap.max", "%" PRId64, total - memory);
	else
		limits_put(b, CG_MEMORY, "memory.memsw.limit_in_bytes", "%" PRId64, total);
}

/* Memory. "No limit" (0 and -1, as in docker) is what a new cgroup has, so nothing is written for it. */
static void memory_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;
	/* The kernel counts pages and would round down by itself; done here, so that what is read back
	 * is what was asked for. */
	int64_t page = ~((int64_t)b->f->page_size - 1), memory = l->memory & page;

	if (l->memory_swap > 0 && l->memory <= 0)
		limits_bad(b, "--memory-swap", "it is memory and swap together, and needs --memory as well");
	if (l->memory > 0 && l->memory < LIMITS_MEMORY_MIN)
		limits_bad(b, "--memory", "%" PRId64 " bytes is below %d, the least a process can start with",
			   l->memory, LIMITS_MEMORY_MIN);
	if (l->memory > 0 && l->memory_swap > 0 && l->memory_swap < l->memory)
		limits_bad(b, "--memory-swap", "it is memory and swap together, and less than --memory");
	if (l->memory > 0 && l->memory_reservation > l->memory)
		limits_bad(b, "--memory-reservation", "it is more than --memory");

	if (l->memory > 0 && limits_may(b, CG_MEMORY, "--memory")) {
		limits_put(b, CG_MEMORY, limits_in_v2(b, CG_MEMORY) ? "memory.max" : "memory.limit_in_bytes",
			   "%" PRId64, memory);
		swap_build(b, memory);
	}
	if (l->memory_reservation > 0 && limits_may(b, CG_MEMORY, "--memory-reservation"))
		limits_put(b, CG_MEMORY,
			   limits_in_v2(b, CG_MEMORY) ? "memory.low" : "memory.soft_limit_in_bytes",
			   "%" PRId64, l->memory_reservation & page);
}

/*
 * 1024 shares are the weight 100, and the ratio of two containers' shares is that of their weights:
 * systemd's conversion, and what the kernel itself does with a weight. (runc from 1.3.2 and crun from
 * 1.23 bend it, to map 2...262144 on 1...10000 in full: weight = 10^((l^2 + 125 l) / 612 - 7/34) with
 * l = log2(shares). There too 1024 is 100, but 512 is 59, and a container gets another part of the CPU
 * than with v1. Older ones had 1024 as 39, less than any service.)
 */
uint64_t limits_cpu_weight(uint64_t shares)
{
	uint64_t weight = (shares * 100 + 512) / 1024;

	return weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
}

/* 10...1000 on 1...10000, linearly, as runc and crun do. */
uint64_t limits_io_weight(uint64_t blkio_weight)
{
	return 1 + (blkio_weight - 10) * 9999 / 990;
}

/* 1.5: as --cpus is typed, without an exponent. */
static const char *cpus_text(struct arena *a, int64_t quota, int64_t period)
{
	char *text = arena_printf(a, "%" PRId64 ".%06" PRId64, quota / period,
				  quota % period * 1000000 / period);
	char *end = text + strlen(text);

	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
	return text;
}

static void cpu_build(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;
	int64_t period = l->cpu_period ? (int64_t)l->cpu_period : 100000;

	if (l->cpu_shares && (l->cpu_shares < 2 || l->cpu_shares > 262144))
		limits_bad(b, "--cpu-shares", "%" PRIu64 " is not in 2 to 262144", l->cpu_shares);
	if (l->cpu_shares && limits_may(b, CG_CPU, "--cpu-shares")) {
		if (limits_in_v2(b, CG_CPU))
			limits_put(b, CG_CPU, "cpu.weight", "%" PRIu64, limits_cpu_weight(l->cpu_shares));
		else
			limits_put(b, CG_CPU, "cpu.shares", "%" PRIu64, l->cpu_shares);
	}
	if (period < 1000 || period > 1000000)
		limits_bad(b, "--cpu-period", "%" PRId64 " is not in 1000 to 1000000 microseconds", period);
	if (l->cpu_quota <= 0)
		return;
	/* The kernel's least quota is 1 ms, of the usual period 0.01 CPU. */
	if (l->cpu_quota < 1000 || (b->r == 0 && l->cpu_quota > period * b->f->cpus))
		limits_bad(b, "--cpus", "%s is not in 0.01 to %u, there are %u CPUs online",
			   cpus_text(b->a, l->cpu_quota, period), b->f->cpus, b->f->cpus);
	if (!limits_may(b, CG_CPU, "--cpus"))
		return;
	if (limits_in_v2(b, CG_CPU)) {
		limits_put(b, CG_CPU, "cpu.max", "%" PRId64 " %" PRId64, l->cpu_quota, period);
		return;
	}
	if (l->cpu_period)
		limits_put(b, CG_CPU, "cpu.cfs_period_us", "%" PRId64, period);
	limits_put(b, CG_CPU, "cpu.cfs_quota_us", "%" PRId64, l->cpu_quota);
}

static const char *const run_throttles[] = { "--device-read-bps", "--device-write-bps", "--device-read-iops",
					     "--device-write-iops" };

unsigned limits_need(const struct spec_limits *l)
{
	unsigned need = 0;

	if (l->memory > 0 || l->memory_reservation > 0)
		need |= CG_BIT(CG_MEMORY);
	if (l->cpu_quota > 0 || l->cpu_shares)
		need |= CG_BIT(CG_CPU);
	if (l->cpuset_cpus || l->cpuset_mems)
		need |= CG_BIT(CG_CPUSET);
	if (l->blkio_weight || l->n_read_bps || l->n_write_bps || l->n_read_iops || l->n_write_iops)
		need |= CG_BIT(CG_IO);
	if (l->pids > 0)
		need |= CG_BIT(CG_PIDS);
	for (size_t i = 0; i < l->n_conf; i++) {
		int c = limits_conf_controller(l->conf[2 * i]);

		if (c >= 0 && c < CG_COUNT)
			need |= CG_BIT(c);
	}
	return need;
}

int limits_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		 struct limit_write **writes, size_t *n, struct err *e)
{
	struct limits_writer b = { .a = a, .l = l, .f = f, .e = e };

	memory_build(&b);
	cpu_build(&b);
	limits_put_cpuset(&b, "--cpuset-cpus", "cpuset.cpus", l->cpuset_cpus, f->cg->cpus);
	limits_put_cpuset(&b, "--cpuset-mems", "cpuset.mems", l->cpuset_mems, f->cg->mems);
	limits_put_io_weight(&b, "--blkio-weight");
	limits_put_throttles(&b, run_throttles);
	if (l->pids > 0 && limits_may(&b, CG_PIDS, "--pids-limit"))
		limits_put(&b, CG_PIDS, "pids.max", "%" PRId64, l->pids);
	/* Last: who names a file knows what they want. */
	limits_put_conf(&b);
	*writes = b.writes;
	*n = b.n;
	return b.r;
}
