/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/io.h"
#include "plan/build/parts.h"

/* ---- what the cgroup has now ---- */

static int file_read(const char *dir, const char *file, char *text, size_t size)
{
	autoclose int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 ? -ENOENT : (int)io_read_small(fd, file, text, size);
}

/* v1's "no limit" of memory is the largest number of pages. */
static int64_t limit_of(const char *text)
{
	int64_t n = strtoll(text, NULL, 10);

	return strncmp(text, "max", 3) == 0 || n < 0 || n > INT64_MAX / 2 ? LIMIT_UNLIMITED : n;
}

static int64_t limit_read(const char *dir, const char *file)
{
	char text[128];

	return file_read(dir, file, text, sizeof(text)) > 0 ? limit_of(text) : LIMIT_UNSET;
}

static void cpu_read(const char *dir, bool v1, struct limits_now *now)
{
	char text[64], *space;

	if (v1) {
		now->cpu_quota = limit_read(dir, "cpu.cfs_quota_us");
		now->cpu_period = (uint64_t)limit_read(dir, "cpu.cfs_period_us");
		now->cpu_burst = limit_read(dir, "cpu.cfs_burst_us");
		if ((now->cpu_rt_period = (uint64_t)limit_read(dir, "cpu.rt_period_us")) ==
		    (uint64_t)LIMIT_UNSET)
			now->cpu_rt_period = 0;
		return;
	}
	now->cpu_burst = limit_read(dir, "cpu.max.burst");
	if (file_read(dir, "cpu.max", text, sizeof(text)) <= 0 || !(space = strchr(text, ' ')))
		return;
	now->cpu_quota = limit_of(text);
	now->cpu_period = strtoull(space, NULL, 10);
}

void limits_read(const struct cgroups *g, struct limits_now *now)
{
	const char *memory = g->dir[CG_MEMORY], *cpu = g->dir[CG_CPU];
	bool v1 = g->l.at[CG_MEMORY].held == CG_IN_V1;

	*now = (struct limits_now){ .memory_swap = LIMIT_UNSET,
				    .cpu_quota = LIMIT_UNSET,
				    .cpu_burst = LIMIT_UNSET };
	now->memory = limit_read(memory, v1 ? "memory.limit_in_bytes" : "memory.max");
	now->memory_used = limit_read(memory, v1 ? "memory.usage_in_bytes" : "memory.current");
	if (v1)
		now->memory_swap = limit_read(memory, "memory.memsw.limit_in_bytes");
	if (cpu)
		cpu_read(cpu, g->l.at[CG_CPU].held == CG_IN_V1, now);
}

/* ---- what undo writes ---- */

/* In a file with a line for each device, "8:0 rbps=1 wbps=max\n8:16 ...": the line of the device that value
 * is for or, if it has none, the same setting without a limit. */
static const char *line_of(struct arena *a, const char *text, const char *file, const char *value)
{
	size_t n = strcspn(value, " ");
	const char *line = text, *equals = strchr(value, '=');

	while (line && strncmp(line, value, n + 1) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (line)
		return arena_strndup(a, line, strcspn(line, "\n"));
	if (equals)
		return arena_printf(a, "%.*smax", (int)(equals + 1 - value), value);
	return arena_printf(a, "%.*s %s", (int)n, value, strstr(file, "weight") ? "default" : "0");
}

static const char *was_read(struct arena *a, const char *dir, const char *file, const char *value)
{
	char text[8192];

	if (file_read(dir, file, text, sizeof(text)) < 0)
		return NULL;
	if (str_eq(file, "memory.oom_control"))
		return strstr(text, "oom_kill_disable 1") ? "1" : "0";
	/* "MAJOR:MINOR ..." and "DEVICE KEY=..."; cpu.max has two words, too, but is neither */
	if (strchr(value, ' ') && !str_eq(file, "cpu.max"))
		return line_of(a, text, file, value);
	text[strcspn(text, "\n")] = '\0';
	/* a cpuset with processes no longer takes an empty list (validate_change() in Linux' cpuset.c); it
	 * gets those that it had without one: its parent's */
	if (!*text && file_read(dir, arena_printf(a, "%s.effective", file), text, sizeof(text)) > 0)
		text[strcspn(text, "\n")] = '\0';
	return *text ? arena_strdup(a, text) : "\n";
}

void limits_steps(struct plan *p, const struct cgroups *g, const struct limit_write *writes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *dir = writes[i].controller == CG_COUNT ? g->home : g->dir[writes[i].controller];

		parts_cgroup_set(p, dir, &writes[i])->cgroup_set.was = was_read(p->arena, dir, writes[i].file,
										writes[i].value);
	}
}
