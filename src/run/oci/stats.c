/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/stats.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "kernel/cgroup/counter.h"

/* ---- writing ---- */

/* A comma where one is needed, and the name. */
static void name(struct str *out, const char *key)
{
	char last = out->p[out->len - 1];

	str_addf(out, "%s\"%s\":", last == '{' || last == '[' ? "" : ",", key);
}

static void put(struct str *out, const char *key, uint64_t n)
{
	name(out, key);
	str_addf(out, "%" PRIu64, n);
}

static void put_some(struct str *out, const char *key, uint64_t n)
{
	if (n)
		put(out, key, n);
}

static void open_object(struct str *out, const char *key)
{
	name(out, key);
	str_add(out, "{");
}

/* ---- cpu ---- */

/* One column of cpuacct.usage_all: "cpu user system\n0 123 456\n". */
static void put_column(struct str *out, const char *key, const char *text, unsigned column)
{
	const char *line = strchr(text, '\n');

	if (!line)
		return;
	name(out, key);
	for (const char *sep = "["; line && line[1]; line = strchr(line + 1, '\n'), sep = ",") {
		char *end;
		uint64_t n = strtoull(line + 1, &end, 10);

		for (unsigned i = 0; i < column; i++)
			n = strtoull(end, &end, 10);
		str_addf(out, "%s%" PRIu64, sep, n);
	}
	str_add(out, "]");
}

static void put_percpu(struct str *out, const char *text)
{
	char *end;

	if (!*text)
		return;
	name(out, "percpu");
	str_add(out, "[");
	for (const char *p = text;; p = end) {
		uint64_t n = strtoull(p, &end, 10);

		if (end == p)
			break;
		str_addf(out, "%s%" PRIu64, p == text ? "" : ",", n);
	}
	str_add(out, "]");
}

static void usage_v1(struct arena *a, const char *dir, struct str *out)
{
	const char *all = cgroup_text(a, dir, "cpuacct.usage_all"),
		   *stat = cgroup_text(a, dir, "cpuacct.stat");
	uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	put_some(out, "total", cgroup_number(a, dir, "cpuacct.usage"));
	put_percpu(out, cgroup_text(a, dir, "cpuacct.usage_percpu"));
	put_column(out, "percpu_kernel", all, 2);
	put_column(out, "percpu_user", all, 1);
	put(out, "kernel", cgroup_key(stat, "system") * tick);
	put(out, "user", cgroup_key(stat, "user") * tick);
}

static void put_cpu(struct arena *a, const struct cgroups *g, struct str *out)
{
	bool v1 = g->l.at[CG_CPUACCT].held == CG_IN_V1, throttle_v1 = g->l.at[CG_CPU].held == CG_IN_V1;
	const char *stat = cgroup_text(a, g->home, "cpu.stat"),
		   *throttle = cgroup_text(a, g->dir[CG_CPU], "cpu.stat");

	open_object(out, "cpu");
	open_object(out, "usage");
	if (v1) {
		usage_v1(a, g->dir[CG_CPUACCT], out);
	} else {
		put_some(out, "total", cgroup_key(stat, "usage_usec") * 1000);
		put(out, "kernel", cgroup_key(stat, "system_usec") * 1000);
		put(out, "user", cgroup_key(stat, "user_usec") * 1000);
	}
	str_add(out, "}");
	open_object(out, "throttling");
	put_some(out, "periods", cgroup_key(throttle, "nr_periods"));
	put_some(out, "throttledPeriods", cgroup_key(throttle, "nr_throttled"));
	put_some(out, "throttledTime",
		 throttle_v1 ? cgroup_key(throttle, "throttled_time") :
			       cgroup_key(throttle, "throttled_usec") * 1000);
	str_add(out, "}}");
}

/* "0-3,8" as [0,1,2,3,8] */
static void put_list(struct str *out, const char *key, const char *list)
{
	char *end;

	if (!*list)
		return;
	name(out, key);
	for (const char *p = list, *sep = "["; *p; p = *end ? end + 1 : end) {
		unsigned long from = strtoul(p, &end, 10),
			      to = *end == '-' ? strtoul(end + 1, &end, 10) : from;

		if (*end && *end != ',')
			break;
		for (; from <= to && to < 65536; from++, sep = ",")
			str_addf(out, "%s%lu", sep, from);
	}
	str_add(out, "]");
}

static void put_cpuset(struct arena *a, const struct cgroups *g, struct str *out)
{
	static const char *const flags[] = { "cpu_exclusive",   "mem_hardwall",       "mem_exclusive",
					     "memory_migrate",  "memory_spread_page", "memory_spread_slab",
					     "memory_pressure", "sched_load_balance" };
	const char *dir = g->dir[CG_CPUSET];
	bool v1 = g->l.at[CG_CPUSET].held == CG_IN_V1;

	open_object(out, "cpuset");
	put_list(out, "cpus", cgroup_text(a, dir, v1 ? "cpuset.cpus" : "cpuset.cpus.effective"));
	put_list(out, "mems", cgroup_text(a, dir, v1 ? "cpuset.mems" : "cpuset.mems.effective"));
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		put(out, flags[i], v1 ? cgroup_number(a, dir, arena_printf(a, "cpuset.%s", flags[i])) : 0);
	name(out, "sched_relax_domain_level");
	str_addf(out, "%d}", v1 ? atoi(cgroup_text(a, dir, "cpuset.sched_relax_domain_level")) : 0);
}

/* ---- memory ---- */

static void put_entry(struct str *out, const char *key, uint64_t limit, uint64_t usage, uint64_t max,
		      uint64_t failed)
{
	open_object(out, key);
	put(out, "limit", limit);
	put_some(out, "usage", usage);
	put_some(out, "max", max);
	put(out, "failcnt", failed);
	str_add(out, "}");
}

static void entry_v1(struct arena *a, const char *dir, const char *kind, const char *key, struct str *out)
{
	put_entry(out, key, cgroup_number(a, dir, arena_printf(a, "memory.%slimit_in_bytes", kind)),
		  cgroup_number(a, dir, arena_printf(a, "memory.%susage_in_bytes", kind)),
		  cgroup_number(a, dir, arena_printf(a, "memory.%smax_usage_in_bytes", kind)),
		  cgroup_number(a, dir, arena_printf(a, "memory.%sfailcnt", kind)));
}

/* v1's "swap" is memory and swap together. */
static void entries_v2(struct arena *a, const char *dir, struct str *out)
{
	uint64_t limit = cgroup_number(a, dir, "memory.max"), usage = cgroup_number(a, dir, "memory.current");
	uint64_t swap_limit = cgroup_number(a, dir, "memory.swap.max"),
		 swap = cgroup_number(a, dir, "memory.swap.current");

	put_entry(out, "usage", limit, usage, cgroup_number(a, dir, "memory.peak"),
		  cgroup_key(cgroup_text(a, dir, "memory.events"), "max"));
	put_entry(out, "swap",
		  limit == UINT64_MAX || swap_limit == UINT64_MAX ? UINT64_MAX : limit + swap_limit,
		  usage + swap, 0, cgroup_key(cgroup_text(a, dir, "memory.swap.events"), "max"));
	put_entry(out, "kernel", 0, 0, 0, 0);
	put_entry(out, "kernelTCP", 0, 0, 0, 0);
}

static void put_memory(struct arena *a, const struct cgroups *g, struct str *out)
{
	const char *dir = g->dir[CG_MEMORY];
	char *stat = cgroup_text(a, dir, "memory.stat"), *save = NULL;
	bool v1 = g->l.at[CG_MEMORY].held == CG_IN_V1;

	open_object(out, "memory");
	put_some(out, "cache", cgroup_key(stat, v1 ? "cache" : "file"));
	if (v1) {
		entry_v1(a, dir, "", "usage", out);
		entry_v1(a, dir, "memsw.", "swap", out);
		entry_v1(a, dir, "kmem.", "kernel", out);
		entry_v1(a, dir, "kmem.tcp.", "kernelTCP", out);
	} else {
		entries_v2(a, dir, out);
	}
	if (*stat) {
		open_object(out, "raw");
		for (char *line = strtok_r(stat, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			char *space = strchr(line, ' ');

			if (space) {
				*space = '\0';
				put(out, line, cgroup_count(space + 1));
			}
		}
		str_add(out, "}");
	}
	str_add(out, "}");
}

/* ---- pids, disks, huge pages ---- */

static void put_pids(struct arena *a, const struct cgroups *g, struct str *out)
{
	uint64_t limit = cgroup_number(a, g->dir[CG_PIDS], "pids.max");

	open_object(out, "pids");
	put_some(out, "current", cgroup_number(a, g->dir[CG_PIDS], "pids.current"));
	put_some(out, "limit", limit == UINT64_MAX ? 0 : limit);
	str_add(out, "}");
}

static void put_disk(struct str *out, unsigned major, unsigned minor, const char *op, uint64_t value)
{
	str_add(out, out->p[out->len - 1] == '[' ? "{" : ",{");
	put_some(out, "major", major);
	put_some(out, "minor", minor);
	name(out, "op");
	json_add_string(out, op);
	put_some(out, "value", value);
	str_add(out, "}");
}

/* v1: a line for each operation, "8:0 Read 123". */
static void put_disks_v1(struct str *out, const char *key, const char *text)
{
	unsigned major, minor;
	char op[16];
	uint64_t value;

	if (!strchr(text, ':'))
		return;
	name(out, key);
	str_add(out, "[");
	for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (sscanf(line, "%u:%u %15s %" SCNu64, &major, &minor, op, &value) == 4)
			put_disk(out, major, minor, op, value);
	str_add(out, "]");
}

/* v2: a line for each disk, "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...". */
static void put_disks_v2(struct arena *a, struct str *out, const char *key, const char *text,
			 const char *read_key, const char *write_key)
{
	unsigned major, minor;

	if (!strchr(text, ':'))
		return;
	name(out, key);
	str_add(out, "[");
	for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const char *one = arena_strndup(a, line, strcspn(line, "\n"));

		if (sscanf(one, "%u:%u", &major, &minor) != 2)
			continue;
		put_disk(out, major, minor, "Read", cgroup_key(one, read_key));
		put_disk(out, major, minor, "Write", cgroup_key(one, write_key));
	}
	str_add(out, "]");
}

static void put_blkio(struct arena *a, const struct cgroups *g, struct str *out)
{
	const char *dir = g->dir[CG_IO], *stat;

	open_object(out, "blkio");
	if (g->l.at[CG_IO].held == CG_IN_V1) {
		put_disks_v1(out, "ioServiceBytesRecursive",
			     cgroup_text(a, dir, "blkio.throttle.io_service_bytes_recursive"));
		put_disks_v1(out, "ioServicedRecursive",
			     cgroup_text(a, dir, "blkio.throttle.io_serviced_recursive"));
	} else {
		stat = cgroup_text(a, dir, "io.stat");
		put_disks_v2(a, out, "ioServiceBytesRecursive", stat, "rbytes", "wbytes");
		put_disks_v2(a, out, "ioServicedRecursive", stat, "rios", "wios");
	}
	str_add(out, "}");
}

static void put_hugepages(struct arena *a, const char *dir, bool v1, const char *size, struct str *out)
{
	const char *base = arena_printf(a, "hugetlb.%s.", size);

	open_object(out, size);
	put_some(out, "usage",
		 cgroup_number(a, dir, arena_printf(a, "%s%s", base, v1 ? "usage_in_bytes" : "current")));
	if (v1)
		put_some(out, "max", cgroup_number(a, dir, arena_printf(a, "%smax_usage_in_bytes", base)));
	put(out, "failcnt",
	    v1 ? cgroup_number(a, dir, arena_printf(a, "%sfailcnt", base)) :
		 cgroup_key(cgroup_text(a, dir, arena_printf(a, "%sevents", base)), "max"));
	str_add(out, "}");
}

static void put_hugetlb(struct arena *a, const struct cgroups *g, struct str *out)
{
	const char *dir = g->dir[CG_HUGETLB];
	bool v1 = g->l.at[CG_HUGETLB].held == CG_IN_V1;
	const char *end = v1 ? ".usage_in_bytes" : ".current";
	DIR *d = dir ? opendir(dir) : NULL;

	open_object(out, "hugetlb");
	for (struct dirent *ent; d && (ent = readdir(d));) {
		const char *size = str_after(ent->d_name, "hugetlb.");
		size_t n = size ? strcspn(size, ".") : 0;

		/* "2MB", not "2MB.rsvd" */
		if (n && strcmp(size + n, end) == 0)
			put_hugepages(a, dir, v1, arena_strndup(a, size, n), out);
	}
	if (d)
		closedir(d);
	str_add(out, "}");
}

void oci_stats(struct arena *a, const struct cgroups *g, const char *id, struct str *out)
{
	str_add(out, "{\"type\":\"stats\",\"id\":");
	json_add_string(out, id);
	open_object(out, "data");
	put_cpu(a, g, out);
	put_cpuset(a, g, out);
	put_memory(a, g, out);
	put_pids(a, g, out);
	put_blkio(a, g, out);
	put_hugetlb(a, g, out);
	str_add(out, ",\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}
