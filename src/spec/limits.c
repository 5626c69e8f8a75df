/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/limits.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* Everything below adds to one of these. After the first error nothing changes any more. */
struct build {
	struct arena *a;
	const struct spec_limits *l;
	const struct limits_facts *f;
	struct limit_write *writes;
	size_t n;
	struct err *e;
	int r;
};

[[gnu::format(printf, 4, 5)]] static void put(struct build *b, enum cgroup_controller c, const char *file,
					      const char *fmt, ...)
{
	struct limit_write w = {.controller = c, .file = file};
	va_list ap;

	if (b->r < 0)
		return;
	va_start(ap, fmt);
	w.value = arena_vprintf(b->a, fmt, ap);
	va_end(ap);
	arena_push(b->a, b->writes, b->n, w);
}

static bool in_v2(const struct build *b, enum cgroup_controller c)
{
	return b->f->cg->at[c].held == CG_IN_V2;
}

/* Can this option be had, that needs the controller c? If not, that is b's error. */
static bool may_limit(struct build *b, enum cgroup_controller c, const char *option)
{
	const struct cgroup_layout *cg = b->f->cg;

	if (b->r < 0)
		return false;
	if (cg->at[c].held == CG_IN_V1 || (cg->at[c].held == CG_IN_V2 && cg->v2))
		return true;
	if (cg->at[c].held == CG_IN_V2) {
		err_set(b->e, "cgroup-not-delegated", EACCES, "set %s", option);
		err_cause(
		    b->e,
		    "the controller %s is held by cgroup v2, and neither %s nor a cgroup above it may be "
		    "written by this user",
		    cgroup_name[c], cg->v2_denied);
		b->r = err_hint(b->e, "be root, or: systemd-run --user --scope -p Delegate=yes guise ...");
		return false;
	}
	err_set(b->e, "cgroup-no-controller", ENODEV, "set %s", option);
	if (!cg->v2) {
		err_cause(b->e, "the controller %s is in no cgroup hierarchy that is mounted",
			  cgroup_v1_name[c]);
		b->r = err_hint(b->e, "see /proc/cgroups, and mount -t cgroup -o %s cgroup /sys/fs/cgroup/%s",
				cgroup_v1_name[c], cgroup_v1_name[c]);
		return false;
	}
	err_cause(b->e, "the controller %s is neither in %s/cgroup.controllers nor in a v1 hierarchy",
		  cgroup_name[c], cg->v2);
	b->r = err_hint(b->e, "have it delegated (systemd: Delegate=%s), or boot without cgroup_disable=%s",
			cgroup_name[c], cgroup_name[c]);
	return false;
}

[[gnu::format(printf, 3, 4)]] static void bad_value(struct build *b, const char *option, const char *why, ...)
{
	va_list ap;

	if (b->r < 0)
		return;
	err_set(b->e, "bad-limit", EINVAL, "set %s", option);
	va_start(ap, why);
	b->r = err_cause(b->e, "%s", arena_vprintf(b->a, why, ap));
	va_end(ap);
}

/* --memory-swap is memory and swap together, as v1's file is; v2's is swap alone. v1 refuses a total below
 * the limit of memory, so this is written second. */
static void swap_build(struct build *b, int64_t memory)
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
	if (in_v2(b, CG_MEMORY))
		put(b, CG_MEMORY, "memory.swap.max", "%" PRId64, total - memory);
	else
		put(b, CG_MEMORY, "memory.memsw.limit_in_bytes", "%" PRId64, total);
}

/* Memory. "No limit" (0 and -1, as in docker) is what a new cgroup has, so nothing is written for it. */
static void memory_build(struct build *b)
{
	const struct spec_limits *l = b->l;
	/* The kernel counts pages and would round down by itself; done here, so that what is read back
	 * is what was asked for. */
	int64_t page = ~((int64_t)b->f->page_size - 1), memory = l->memory & page;

	if (l->memory_swap > 0 && l->memory <= 0)
		bad_value(b, "--memory-swap", "it is memory and swap together, and needs --memory as well");
	if (l->memory > 0 && l->memory < LIMITS_MEMORY_MIN)
		bad_value(b, "--memory", "%" PRId64 " bytes is below %d, the least a process can start with",
			  l->memory, LIMITS_MEMORY_MIN);
	if (l->memory > 0 && l->memory_swap > 0 && l->memory_swap < l->memory)
		bad_value(b, "--memory-swap", "it is memory and swap together, and less than --memory");
	if (l->memory > 0 && l->memory_reservation > l->memory)
		bad_value(b, "--memory-reservation", "it is more than --memory");

	if (l->memory > 0 && may_limit(b, CG_MEMORY, "--memory")) {
		put(b, CG_MEMORY, in_v2(b, CG_MEMORY) ? "memory.max" : "memory.limit_in_bytes", "%" PRId64,
		    memory);
		swap_build(b, memory);
	}
	if (l->memory_reservation > 0 && may_limit(b, CG_MEMORY, "--memory-reservation"))
		put(b, CG_MEMORY, in_v2(b, CG_MEMORY) ? "memory.low" : "memory.soft_limit_in_bytes",
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

static void cpu_build(struct build *b)
{
	const struct spec_limits *l = b->l;
	int64_t period = l->cpu_period ? (int64_t)l->cpu_period : 100000;

	if (l->cpu_shares && (l->cpu_shares < 2 || l->cpu_shares > 262144))
		bad_value(b, "--cpu-shares", "%" PRIu64 " is not in 2 to 262144", l->cpu_shares);
	if (l->cpu_shares && may_limit(b, CG_CPU, "--cpu-shares")) {
		if (in_v2(b, CG_CPU))
			put(b, CG_CPU, "cpu.weight", "%" PRIu64, limits_cpu_weight(l->cpu_shares));
		else
			put(b, CG_CPU, "cpu.shares", "%" PRIu64, l->cpu_shares);
	}
	if (period < 1000 || period > 1000000)
		bad_value(b, "--cpu-period", "%" PRId64 " is not in 1000 to 1000000 microseconds", period);
	if (l->cpu_quota <= 0)
		return;
	/* The kernel's least quota is 1 ms, of the usual period 0.01 CPU. */
	if (l->cpu_quota < 1000 || (b->r == 0 && l->cpu_quota > period * b->f->cpus))
		bad_value(b, "--cpus", "%.3g is not in 0.01 to %u, there are %u CPUs online",
			  (double)l->cpu_quota / period, b->f->cpus, b->f->cpus);
	if (!may_limit(b, CG_CPU, "--cpus"))
		return;
	if (in_v2(b, CG_CPU)) {
		put(b, CG_CPU, "cpu.max", "%" PRId64 " %" PRId64, l->cpu_quota, period);
		return;
	}
	if (l->cpu_period)
		put(b, CG_CPU, "cpu.cfs_period_us", "%" PRId64, period);
	put(b, CG_CPU, "cpu.cfs_quota_us", "%" PRId64, l->cpu_quota);
}

/* Lists as "0-3,8" (cpuset(7)). */
enum { LIST_MAX = 8192 };

static int list_parse(const char *text, unsigned char bits[LIST_MAX / 8])
{
	memset(bits, 0, LIST_MAX / 8);
	for (const char *p = text;;) {
		unsigned long from, to;
		char *end;

		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		from = to = strtoul(p, &end, 10);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return -EINVAL;
			to = strtoul(end + 1, &end, 10);
		}
		if (from > to || to >= LIST_MAX)
			return -EINVAL;
		for (; from <= to; from++)
			bits[from / 8] |= 1 << from % 8;
		if (!*end)
			return 0;
		if (*end != ',')
			return -EINVAL;
		p = end + 1;
	}
}

/* v2 takes any list and, if none of it is there, uses all there are: so it is checked here. */
static void cpuset_put(struct build *b, const char *option, const char *file, const char *list,
		       const char *have)
{
	unsigned char want_bits[LIST_MAX / 8], have_bits[LIST_MAX / 8];

	if (!list || !may_limit(b, CG_CPUSET, option))
		return;
	if (list_parse(list, want_bits) < 0)
		return bad_value(b, option, "\"%s\" is not a list as 0-3,8", list);
	if (have && list_parse(have, have_bits) == 0)
		for (int i = 0; i < LIST_MAX / 8; i++)
			if (want_bits[i] & ~have_bits[i])
				return bad_value(b, option, "not all of %s can be had, there are %s", list,
						 have);
	put(b, CG_CPUSET, file, "%s", list);
}

static void io_weight_build(struct build *b)
{
	const struct cgroup_layout *cg = b->f->cg;
	unsigned weight = b->l->blkio_weight;
	bool v2;

	if (!weight)
		return;
	if (weight < 10 || weight > 1000)
		bad_value(b, "--blkio-weight", "%u is not in 10 to 1000", weight);
	if (!may_limit(b, CG_IO, "--blkio-weight"))
		return;
	v2 = in_v2(b, CG_IO);
	if (!cg->bfq_weight && !(v2 && cg->io_weight)) {
		err_set(b->e, "cgroup-no-controller", ENOENT, "set --blkio-weight");
		err_cause(b->e, "the controller %s in %s has no weights",
			  v2 ? cgroup_name[CG_IO] : cgroup_v1_name[CG_IO], cg->at[CG_IO].base);
		b->r = err_hint(b->e, v2 ? "modprobe bfq, or use a kernel with CONFIG_BLK_CGROUP_IOCOST"
					 : "modprobe bfq");
		return;
	}
	/* Each is the weight among those who share a disk under one kind of scheduling: all that are
	 * there are set. */
	if (v2 && cg->io_weight)
		put(b, CG_IO, "io.weight", "%" PRIu64, limits_io_weight(weight));
	if (cg->bfq_weight)
		put(b, CG_IO, v2 ? "io.bfq.weight" : "blkio.bfq.weight", "%u", weight);
}

static void throttle_put(struct build *b, const char *option, const char *key, const char *v1_file,
			 const struct spec_throttle *t)
{
	const struct limits_device *d = b->f->devices, *end = d + b->f->n_devices;

	if (!may_limit(b, CG_IO, option))
		return;
	while (d < end && !str_eq(d->path, t->device))
		d++;
	if (d == end)
		return bad_value(b, option, "%s is not a block device", t->device);
	if (!in_v2(b, CG_IO))
		put(b, CG_IO, v1_file, "%u:%u %" PRIu64, d->major, d->minor, t->rate);
	else if (t->rate)
		put(b, CG_IO, "io.max", "%u:%u %s=%" PRIu64, d->major, d->minor, key, t->rate);
	else
		put(b, CG_IO, "io.max", "%u:%u %s=max", d->major, d->minor, key);
}

static void throttles_build(struct build *b)
{
	const struct spec_limits *l = b->l;
	const struct {
		const char *option, *key, *v1_file;
		const struct spec_throttle *list;
		size_t n;
	} kinds[] = {
	    {"--device-read-bps", "rbps", "blkio.throttle.read_bps_device", l->read_bps, l->n_read_bps},
	    {"--device-write-bps", "wbps", "blkio.throttle.write_bps_device", l->write_bps, l->n_write_bps},
	    {"--device-read-iops", "riops", "blkio.throttle.read_iops_device", l->read_iops, l->n_read_iops},
	    {"--device-write-iops", "wiops", "blkio.throttle.write_iops_device", l->write_iops,
	     l->n_write_iops},
	};

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; i < kinds[k].n; i++)
			throttle_put(b, kinds[k].option, kinds[k].key, kinds[k].v1_file, &kinds[k].list[i]);
}

/* --cgroup-conf. KEY is a file of the unified hierarchy: the controller's name, a dot, the rest.
 * CG_COUNT: a file of the core, "cgroup.". -1: neither. */
static int conf_controller(const char *key)
{
	size_t len = strcspn(key, ".");

	if (key[len] != '.' || !key[len + 1] ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789._-") != strlen(key))
		return -1;
	if (len == strlen("cgroup") && strncmp(key, "cgroup", len) == 0)
		return CG_COUNT;
	for (int c = 0; c < CG_COUNT; c++)
		if (strlen(cgroup_name[c]) == len && strncmp(key, cgroup_name[c], len) == 0)
			return c;
	return -1;
}

/* Files of v2 that v1 has with exactly the same meaning (but for "max"), and options for some others. */
static const struct conf_v1 {
	const char *key, *file, *max, *option;
} conf_v1[] = {
    {"memory.max", "memory.limit_in_bytes", "-1"},
    {"pids.max", "pids.max", "max"},
    {"cpuset.cpus", "cpuset.cpus"},
    {"cpuset.mems", "cpuset.mems"},
    {"cpu.idle", "cpu.idle"},
    {"cpu.max.burst", "cpu.cfs_burst_us"},
    {"io.bfq.weight", "blkio.bfq.weight"},
    {"memory.low", .option = "--memory-reservation"},
    {"memory.swap.max", .option = "--memory-swap"},
    {"cpu.max", .option = "--cpus"},
    {"cpu.weight", .option = "--cpu-shares"},
    {"io.weight", .option = "--blkio-weight"},
    {"io.max", .option = "--device-read-bps and its siblings"},
};

static void conf_put_v1(struct build *b, enum cgroup_controller c, const char *key, const char *value)
{
	const struct conf_v1 *row = conf_v1, *end = conf_v1 + ARRAY_LEN(conf_v1);

	while (row < end && !str_eq(row->key, key))
		row++;
	if (row < end && row->file)
		return put(b, c, row->file, "%s", row->max && str_eq(value, "max") ? row->max : value);
	err_set(b->e, "cgroup-no-file", ENOENT, "set --cgroup-conf %s", key);
	err_cause(b->e,
		  "the controller %s is held by cgroup v1, at %s, which has no file of the same meaning",
		  cgroup_name[c], b->f->cg->at[c].base);
	b->r = row < end ? err_hint(b->e, "use %s", row->option)
			 : err_hint(b->e, "boot with cgroup_no_v1=%s to hand it to v2", cgroup_v1_name[c]);
}

static void conf_put(struct build *b, const char *key, const char *value)
{
	static const char *const ours[] = {"cgroup.procs",  "cgroup.threads", "cgroup.kill",
					   "cgroup.freeze", "cgroup.type",    "cgroup.subtree_control"};
	int c = conf_controller(key);

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (str_eq(key, ours[i]))
			return bad_value(b, "--cgroup-conf", "%s is guise's own to write", key);
	if (c < 0 || c == CG_CPUACCT || c == CG_DEVICES || c == CG_FREEZER)
		return bad_value(
		    b, "--cgroup-conf",
		    "%s is not a file of cgroup v2: CONTROLLER.NAME, as memory.high or cgroup.max.depth",
		    key);
	if (c == CG_COUNT && b->r == 0 && !b->f->cg->v2) {
		err_set(b->e, "cgroup-no-file", ENODEV, "set --cgroup-conf %s", key);
		b->r = err_cause(b->e, "no cgroup v2 hierarchy can be written here");
		return;
	}
	if (c < CG_COUNT && !may_limit(b, c, arena_printf(b->a, "--cgroup-conf %s", key)))
		return;
	if (c == CG_COUNT || in_v2(b, c))
		put(b, c, key, "%s", value);
	else
		conf_put_v1(b, c, key, value);
}

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
		int c = conf_controller(l->conf[2 * i]);

		if (c >= 0 && c < CG_COUNT)
			need |= CG_BIT(c);
	}
	return need;
}

int limits_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		 struct limit_write **writes, size_t *n, struct err *e)
{
	struct build b = {.a = a, .l = l, .f = f, .e = e};

	memory_build(&b);
	cpu_build(&b);
	cpuset_put(&b, "--cpuset-cpus", "cpuset.cpus", l->cpuset_cpus, f->cg->cpus);
	cpuset_put(&b, "--cpuset-mems", "cpuset.mems", l->cpuset_mems, f->cg->mems);
	io_weight_build(&b);
	throttles_build(&b);
	if (l->pids > 0 && may_limit(&b, CG_PIDS, "--pids-limit"))
		put(&b, CG_PIDS, "pids.max", "%" PRId64, l->pids);
	/* Last: who names a file knows what they want. */
	for (size_t i = 0; i < l->n_conf; i++)
		conf_put(&b, l->conf[2 * i], l->conf[2 * i + 1]);
	*writes = b.writes;
	*n = b.n;
	return b.r;
}
