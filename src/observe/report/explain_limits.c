/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Limits hold up the whole tree: a cgroup may not use more than each one above it, so what counts is the smallest, and
 * whose that is. One row below per limit, with the names of v2 and of v1.
 */
#include <stdlib.h>
#include <string.h>

#include "observe/report/explain.h"

enum unit { UNIT_BYTES, UNIT_COUNT };

static const struct limit {
	const char *name, *file[2], *use[2], *peak[2]; /* v2's, v1's */
	enum unit unit;
} limits[] = {
	{ "memory",
	  { "memory.max", "memory.limit_in_bytes" },
	  { "memory.current", "memory.usage_in_bytes" },
	  { "memory.peak", "memory.max_usage_in_bytes" },
	  UNIT_BYTES },
	{ "memory high", { "memory.high", NULL }, { "memory.current", NULL }, { NULL, NULL }, UNIT_BYTES },
	{ "swap",
	  { "memory.swap.max", NULL },
	  { "memory.swap.current", NULL },
	  { "memory.swap.peak", NULL },
	  UNIT_BYTES },
	{ "memory+swap",
	  { NULL, "memory.memsw.limit_in_bytes" },
	  { NULL, "memory.memsw.usage_in_bytes" },
	  { NULL, NULL },
	  UNIT_BYTES },
	{ "pids",
	  { "pids.max", "pids.max" },
	  { "pids.current", "pids.current" },
	  { "pids.peak", NULL },
	  UNIT_COUNT },
};

/* What is told as it stands, of the cgroup itself. */
static const struct {
	const char *name, *file;
	const char *ordinary; /* not told where it is that */
} plain[] = {
	{ "cpus", "cpuset.cpus.effective", NULL },
	{ "cpus", "cpuset.effective_cpus", NULL },
	{ "cpu weight", "cpu.weight", "100" },
	{ "cpu shares", "cpu.shares", "1024" },
	{ "io", "io.max", "" },
	{ "io read", "blkio.throttle.read_bps_device", "" },
	{ "io write", "blkio.throttle.write_bps_device", "" },
	{ "frozen", "cgroup.freeze", "0" },
	{ "frozen", "freezer.state", "THAWED" },
};

static const char *setting(const struct world_cgroup *c, const char *name)
{
	return c && name ? world_setting(c->settings, c->n_settings, name) : NULL;
}

static const char *file_of(struct explanation *x, const struct world_cgroup *c, const char *name)
{
	return explain_say(x, "%s%s/%s", c->mount ?: "", str_eq(c->path, "/") ? "" : c->path, name);
}

/* The cgroup above; NULL at the top, or where that was not read. */
static const struct world_cgroup *above(const struct explanation *x, const struct world_cgroup *c)
{
	const char *slash = strrchr(c->path, '/');

	if (!slash || str_eq(c->path, "/"))
		return NULL;
	return world_cgroup_of(x->world, c->hierarchy,
			       slash == c->path ? "/" : arena_strndup(x->arena, c->path, slash - c->path));
}

/* v1 says "no limit" by a number near the largest one. */
static uint64_t number_of(const char *text)
{
	uint64_t n;

	if (!text || *text < '0' || *text > '9')
		return UINT64_MAX;
	n = strtoull(text, NULL, 10);
	return n >= UINT64_C(1) << 62 ? UINT64_MAX : n;
}

static const char *in_unit(struct explanation *x, enum unit unit, uint64_t n)
{
	return unit == UNIT_BYTES ? explain_bytes(x, n) : explain_say(x, "%llu", (unsigned long long)n);
}

/* ---- the smallest of all above ---- */

static void add_use(struct explanation *x, struct explain_answer *a, const struct limit *l, int version,
		    const struct world_cgroup *c)
{
	const char *use = setting(c, l->use[version]), *peak = setting(c, l->peak[version]);

	explain_more(x, a, "use", use);
	explain_more(x, a, "peak", peak);
	if (use)
		a->value = explain_say(x, "%s; used %s", a->value, in_unit(x, l->unit, number_of(use)));
	if (peak)
		a->value = explain_say(x, "%s, at most so far %s", a->value,
				       in_unit(x, l->unit, number_of(peak)));
}

static void add_limit(struct explanation *x, const struct limit *l, int version,
		      const struct world_cgroup *own)
{
	const struct world_cgroup *whose = NULL;
	struct explain_answer *a;
	uint64_t least = UINT64_MAX;
	bool known = false;

	for (const struct world_cgroup *c = own; c; c = above(x, c)) {
		uint64_t n = number_of(setting(c, l->file[version]));

		known = known || setting(c, l->file[version]);
		if (n < least) {
			least = n;
			whose = c;
		}
	}
	if (!known)
		return;
	a = explain_add(x, EXPLAIN_LIMITS, l->name,
			whose ? explain_say(x, "%s, of %s%s", in_unit(x, l->unit, least), whose->path,
					    whose == own ? "" : ", above it") :
				"no limit up the whole tree");
	explain_more(x, a, "limit", whose ? explain_say(x, "%llu", (unsigned long long)least) : "max");
	explain_more(x, a, "cgroup", whose ? whose->path : own->path);
	add_use(x, a, l, version, own);
	if (whose && whose != own)
		explain_more(x, a, "use_there", setting(whose, l->use[version]));
	if (whose && number_of(setting(whose, l->use[version])) >= least - least / 20 &&
	    setting(whose, l->use[version]))
		a->warning = "it is at its limit, or near it";
	a->from = file_of(x, whose ?: own, l->file[version]);
	a->command = explain_cat(x, a->from);
}

/* ---- cpu: a quota and the period that it is of ---- */

/* In thousandths of a processor; UINT64_MAX: no limit, or not told. */
static uint64_t cpu_of(const struct world_cgroup *c, const char **file)
{
	const char *max = setting(c, "cpu.max"), *quota = setting(c, "cpu.cfs_quota_us"), *period;
	uint64_t n, of;

	*file = max ? "cpu.max" : "cpu.cfs_quota_us";
	period = max ? strchr(max, ' ') : setting(c, "cpu.cfs_period_us");
	n = number_of(max ?: quota);
	of = number_of(period ? period + (*period == ' ') : NULL);
	if (n == UINT64_MAX || of == UINT64_MAX || !of || n > UINT64_MAX / 1000)
		return UINT64_MAX;
	return n * 1000 / of;
}

static void add_cpu(struct explanation *x, const struct world_cgroup *own)
{
	const struct world_cgroup *whose = NULL;
	const char *file = NULL, *file_there = NULL;
	uint64_t least = UINT64_MAX;
	struct explain_answer *a;

	for (const struct world_cgroup *c = own; c; c = above(x, c)) {
		uint64_t n = cpu_of(c, &file);

		if (n < least) {
			least = n;
			whose = c;
			file_there = file;
		}
	}
	if (!whose && !setting(own, "cpu.max") && !setting(own, "cpu.cfs_quota_us"))
		return;
	a = explain_add(x, EXPLAIN_LIMITS, "cpu",
			whose ? explain_say(x, "%llu.%03llu processors, of %s%s",
					    (unsigned long long)least / 1000,
					    (unsigned long long)least % 1000, whose->path,
					    whose == own ? "" : ", above it") :
				"no limit up the whole tree");
	explain_more(x, a, "limit",
		     whose ? explain_say(x, "%llu.%03llu", (unsigned long long)least / 1000,
					 (unsigned long long)least % 1000) :
			     "max");
	explain_more(x, a, "cgroup", whose ? whose->path : own->path);
	a->from = file_of(x, whose ?: own,
			  whose                   ? file_there :
			  setting(own, "cpu.max") ? "cpu.max" :
						    "cpu.cfs_quota_us");
	a->command = explain_cat(x, a->from);
}

/* ---- what came of it ---- */

/* A line of a file of words and numbers, "oom_kill 3". */
static uint64_t counter(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (strncmp(line, word, len) == 0 && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	return 0;
}

static void add_event(struct explanation *x, const struct world_cgroup *c, const char *name, const char *file,
		      const char *word, const char *warning)
{
	const char *text = setting(c, file);
	uint64_t n = counter(text, word);
	struct explain_answer *a;

	if (!text || !strstr(text, word))
		return;
	a = explain_add(x, EXPLAIN_LIMITS, name, explain_say(x, "%llu", (unsigned long long)n));
	a->warning = n ? warning : NULL;
	a->from = file_of(x, c, file);
	a->command = explain_cat(x, a->from);
}

static void add_pressure(struct explanation *x, const struct world_cgroup *c, const char *name,
			 const char *file)
{
	const char *text = setting(c, file);
	struct explain_answer *a;

	if (!text)
		return;
	a = explain_add(x, EXPLAIN_LIMITS, name, explain_say(x, "%.*s", (int)strcspn(text, "\n"), text));
	a->from = file_of(x, c, file);
	a->command = explain_cat(x, a->from);
}

static void add_events(struct explanation *x, const struct world_cgroup *c)
{
	static const char throttled[] =
		"it was stopped for the rest of a period, because it had used up its quota";
	static const char killed[] = "the kernel has killed processes of it for want of memory";

	add_event(x, c, "OOM kills", "memory.events", "oom_kill", killed);
	add_event(x, c, "OOM kills", "memory.oom_control", "oom_kill", killed);
	add_event(x, c, "throttled", "cpu.stat", "nr_throttled", throttled);
	add_event(x, c, "forks refused", "pids.events", "max", "it could not fork, because of pids.max");
	add_pressure(x, c, "memory waits", "memory.pressure");
	add_pressure(x, c, "cpu waits", "cpu.pressure");
	add_pressure(x, c, "io waits", "io.pressure");
}

static void add_plain(struct explanation *x, const struct world_cgroup *c)
{
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		const char *value = setting(c, plain[i].file);
		struct explain_answer *a;

		if (!value || str_eq(value, plain[i].ordinary))
			continue;
		a = explain_add(x, EXPLAIN_LIMITS, plain[i].name, value);
		a->from = file_of(x, c, plain[i].file);
		a->command = explain_cat(x, a->from);
	}
}

/* ---- the process's own ---- */

static void add_rlimits(struct explanation *x, const struct world_process *p)
{
	struct str out = { .arena = x->arena };
	struct explain_answer *a;

	for (size_t i = 0; i < p->n_limits; i++)
		if (!str_eq(p->limits[i].value, "unlimited:unlimited"))
			str_addf(&out, "%s%s=%s", out.len ? " " : "", p->limits[i].name, p->limits[i].value);
	if (out.len) {
		a = explain_add(x, EXPLAIN_LIMITS, "rlimits", str_get(&out));
		for (size_t i = 0; i < p->n_limits; i++)
			explain_more(x, a, p->limits[i].name, p->limits[i].value);
		a->from = explain_say(x, "/proc/%lld/limits", (long long)p->pid);
		a->command = explain_say(x, "prlimit --pid %lld", (long long)p->pid);
	}
	a = explain_add(x, EXPLAIN_LIMITS, "oom_score_adj",
			explain_say(x, "%lld", (long long)p->oom_score_adj));
	a->from = explain_say(x, "/proc/%lld/oom_score_adj", (long long)p->pid);
	a->command = explain_cat(x, a->from);
}

static void add_cgroup(struct explanation *x, const struct world_cgroup *c)
{
	int version = *c->hierarchy ? 1 : 0;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limits[i].file[version])
			add_limit(x, &limits[i], version, c);
	add_cpu(x, c);
	add_plain(x, c);
	add_events(x, c);
}

void explain_limits(struct explanation *x)
{
	const struct world_process *p = x->target->process;
	struct explain_answer *a;

	for (size_t i = 0; p && i < p->n_cgroups; i++) {
		const struct world_cgroup *c = world_cgroup_of(x->world, p->cgroups[i].hierarchy,
							       p->cgroups[i].path);

		if (!c)
			continue;
		a = explain_add(x, EXPLAIN_LIMITS,
				*c->hierarchy ? explain_say(x, "cgroup %s", c->hierarchy) : "cgroup v2",
				c->path);
		a->from = explain_say(x, "/proc/%lld/cgroup", (long long)p->pid);
		a->command = explain_cat(x, a->from);
		add_cgroup(x, c);
	}
	if (p)
		add_rlimits(x, p);
}
