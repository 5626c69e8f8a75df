/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "observe/report/explain_script.h"

/* What is written to a new cgroup, in this order: the processors before a process may come, the memory before what
 * counts it with swap. What is as a new cgroup has it is left out. */
static const struct {
	const char *file, *ordinary;
} written[] = {
	{ "cpuset.cpus", "" },
	{ "cpuset.mems", "" },
	{ "memory.max", "max" },
	{ "memory.high", "max" },
	{ "memory.low", "0" },
	{ "memory.min", "0" },
	{ "memory.swap.max", "max" },
	{ "memory.oom.group", "0" },
	{ "memory.limit_in_bytes", "9223372036854771712" },
	{ "memory.soft_limit_in_bytes", "9223372036854771712" },
	{ "memory.memsw.limit_in_bytes", "9223372036854771712" },
	{ "memory.swappiness", NULL },
	{ "cpu.max", "max 100000" },
	{ "cpu.weight", "100" },
	{ "cpu.cfs_period_us", "100000" },
	{ "cpu.cfs_quota_us", "-1" },
	{ "cpu.shares", "1024" },
	{ "pids.max", "max" },
	{ "io.weight", "default 100" },
	{ "blkio.weight", "500" },
};

static bool is_own(const struct world_cgroup *c)
{
	return c && c->mount && !str_eq(c->path, "/");
}

/* Beside the first one, so that the same limits hold above. */
static const char *dir_of(const struct world_cgroup *c, struct str *out)
{
	return str_shell(out, arena_printf(out->arena, "%s%s.copy", c->mount, c->path));
}

static const struct world_cgroup *cgroup_at(const struct explanation *x, size_t i)
{
	const struct world_member *m = &x->target->process->cgroups[i];
	const struct world_cgroup *c = world_cgroup_of(x->world, m->hierarchy, m->path);

	return is_own(c) ? c : NULL;
}

static size_t count(const struct explanation *x)
{
	return x->target->process ? x->target->process->n_cgroups : 0;
}

static void add_limits(const struct world_cgroup *c, struct str *out)
{
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		const char *value = world_setting(c->settings, c->n_settings, written[i].file);

		if (value && *value && written[i].ordinary && !str_eq(value, written[i].ordinary))
			str_addf(out, "echo %s >%s/%s\n", str_shell(out, value), dir_of(c, out),
				 written[i].file);
	}
}

void script_cgroups(const struct explanation *x, struct str *out)
{
	str_add(out, "# ---- what it may use\n");
	for (size_t i = 0; i < count(x); i++) {
		const struct world_cgroup *c = cgroup_at(x, i);

		if (!c)
			continue;
		str_addf(out, "mkdir -p %s\n", dir_of(c, out));
		add_limits(c, out);
	}
	str_add(out, "\n");
}

void script_cgroups_enter(const struct explanation *x, struct str *out)
{
	for (size_t i = 0; i < count(x); i++)
		if (cgroup_at(x, i))
			str_addf(out, "echo $$ >%s/cgroup.procs\n", dir_of(cgroup_at(x, i), out));
}

void script_cgroups_undo(const struct explanation *x, struct str *out)
{
	str_add(out,
		"\t# whoever was in it takes a moment to leave\n"
		"\tgone() { for i in 1 2 3 4 5 6 7 8 9; do ! rmdir \"$1\" 2>/dev/null || return 0; sleep .2; done; }\n");
	for (size_t i = count(x); i-- > 0;)
		if (cgroup_at(x, i))
			str_addf(out, "\tgone %s\n", dir_of(cgroup_at(x, i), out));
}
