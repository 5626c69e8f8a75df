/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroups.h"
#include "kernel/cgroup/counter.h"
#include "kernel/process/proc.h"

static bool has(struct arena *a, const char *dir, const char *file)
{
	return dir && access(arena_printf(a, "%s/%s", dir, file), R_OK) == 0;
}

/* ---- by processes ---- */

static const char *proc_text(struct arena *a, pid_t pid, const char *file)
{
	char text[16384];

	return io_read_small(-1, arena_printf(a, "/proc/%d/%s", pid, file), text, sizeof(text)) > 0 ?
		       arena_strdup(a, text) :
		       "";
}

/* The number behind "Key:". */
static uint64_t proc_number(const char *text, const char *key)
{
	const char *p = strstr(text, key);
	uint64_t n;

	return p && sscanf(p + strlen(key), " %" SCNu64, &n) == 1 ? n : 0;
}

/* Fields of /proc/PID/stat (proc(5)): 14 to 17 are times, with those of children that it has waited for. */
static uint64_t cpu_of(pid_t pid)
{
	uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK), sum = 0;
	int64_t n;

	for (int field = 14; field <= 17; field++)
		if (proc_stat(pid, field, &n) == 0 && n > 0)
			sum += (uint64_t)n;
	return sum * tick;
}

/* Shared pages in parts, so that the sum is right. */
static uint64_t memory_of(struct arena *a, pid_t pid)
{
	const char *rollup = proc_text(a, pid, "smaps_rollup");

	return 1024 * (*rollup ? proc_number(rollup, "\nPss:") :
				 proc_number(proc_text(a, pid, "status"), "\nVmRSS:"));
}

static uint64_t tasks_of(pid_t pid)
{
	int64_t n;

	return proc_stat(pid, 20, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

/* ---- by cgroups ---- */

static bool cpu_read(struct arena *a, const struct cgroups *g, struct usage *u)
{
	if (has(a, g->dir[CG_CPUACCT], "cpuacct.usage"))
		u->cpu = cgroup_number(a, g->dir[CG_CPUACCT], "cpuacct.usage");
	else if (g->v2)
		u->cpu = 1000 * cgroup_key(cgroup_text(a, g->home, "cpu.stat"), "usage_usec");
	else
		return false;
	return true;
}

/* As docker shows it: "inactive file" pages are given back as soon as somebody needs them. */
static bool memory_read(struct arena *a, const struct cgroups *g, struct usage *u)
{
	const char *dir = g->dir[CG_MEMORY], *stat;
	bool v1 = g->l.at[CG_MEMORY].held == CG_IN_V1;
	uint64_t limit, cache;

	if (!has(a, dir, v1 ? "memory.usage_in_bytes" : "memory.current"))
		return false;
	stat = cgroup_text(a, dir, "memory.stat");
	cache = cgroup_key(stat, v1 ? "total_inactive_file" : "inactive_file");
	u->memory = cgroup_number(a, dir, v1 ? "memory.usage_in_bytes" : "memory.current");
	u->memory -= cache < u->memory ? cache : 0;
	limit = cgroup_number(a, dir, v1 ? "memory.limit_in_bytes" : "memory.max");
	if (limit < u->memory_limit)
		u->memory_limit = limit;
	return true;
}

/* v2: a line a disk, "8:0 rbytes=1 wbytes=2 ...". v1: a line an operation, "8:0 Read 123". */
static bool disks_read(struct arena *a, const struct cgroups *g, struct usage *u)
{
	bool v1 = g->l.at[CG_IO].held == CG_IN_V1;
	const char *file = v1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat", *dir = g->dir[CG_IO];
	char *save = NULL;

	if (!has(a, dir, file))
		return false;
	for (char *line = strtok_r(cgroup_text(a, dir, file), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		u->bytes_read += cgroup_key(line, v1 ? "Read" : "rbytes");
		u->bytes_written += cgroup_key(line, v1 ? "Write" : "wbytes");
	}
	return true;
}

static bool tasks_read(struct arena *a, const struct cgroups *g, struct usage *u)
{
	if (!has(a, g->dir[CG_PIDS], "pids.current"))
		return false;
	u->tasks = cgroup_number(a, g->dir[CG_PIDS], "pids.current");
	return true;
}

/* ---- network ---- */

/* /proc/PID/net/dev: "eth0: BYTES packets errs drop fifo frame compressed multicast BYTES ...". Counters of
 * another's network are not the container's. */
static void network_read(struct arena *a, pid_t first, struct usage *u)
{
	char *save = NULL, *text;
	uint64_t in, out;

	if (proc_same_ns(first, getpid(), "net"))
		return;
	text = arena_strdup(a, proc_text(a, first, "net/dev"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *colon = strrchr(line, ':');

		if (!colon || strncmp(line + strspn(line, " "), "lo:", 3) == 0)
			continue;
		if (sscanf(colon + 1, "%" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &in, &out) == 2) {
			u->received += in;
			u->sent += out;
		}
	}
}

/* ---- all of it ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t machine_memory(void)
{
	struct sysinfo i;

	return sysinfo(&i) == 0 ? (uint64_t)i.totalram * i.mem_unit : 0;
}

void usage_read(struct arena *a, const char *home, pid_t first, const pid_t *pids, size_t n, struct usage *u)
{
	struct cgroups g;
	bool found = cgroups_find(a, home, &g, &(struct err){ 0 }) == 0;

	*u = (struct usage){ .at = now_ns(), .memory_limit = machine_memory() };
	bool cpu = found && cpu_read(a, &g, u), memory = found && memory_read(a, &g, u),
	     disks = found && disks_read(a, &g, u), tasks = found && tasks_read(a, &g, u);
	for (size_t i = 0; i < n; i++) {
		const char *io = disks ? "" : proc_text(a, pids[i], "io");

		u->cpu += cpu ? 0 : cpu_of(pids[i]);
		u->memory += memory ? 0 : memory_of(a, pids[i]);
		u->tasks += tasks ? 0 : tasks_of(pids[i]);
		u->bytes_read += proc_number(io, "\nread_bytes:");
		u->bytes_written += proc_number(io, "\nwrite_bytes:");
	}
	network_read(a, first, u);
}
