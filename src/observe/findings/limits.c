/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/findings/limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan/build/repair.h"

/* ---- reading ---- */

/* v1's "no limit" of memory is the largest number of pages; of CPU, -1. */
static int64_t number_of(const char *text)
{
	char *end;
	int64_t n = text ? strtoll(text, &end, 10) : -1;

	return !text || end == text || n < 0 || n > INT64_MAX / 2 ? -1 : n;
}

int64_t limits_number(const struct world_cgroup *g, const char *file)
{
	return number_of(world_setting(g->settings, g->n_settings, file));
}

int64_t limits_key(const struct world_cgroup *g, const char *file, const char *key)
{
	const char *line = world_setting(g->settings, g->n_settings, file);
	size_t len = strlen(key);

	while (line && (strncmp(line, key, len) != 0 || line[len] != ' '))
		line = (line = strchr(line, '\n')) ? line + 1 : NULL;
	return line ? number_of(line + len + 1) : -1;
}

/* "cpu" of "cpu,cpuacct" */
static bool has_word(const char *words, const char *word)
{
	return words && str_has_word(words, ",", word, strlen(word));
}

static const char *parent_of(struct check *c, const char *path)
{
	const char *last = strrchr(path, '/');

	if (!last || !path[1])
		return NULL;
	return last == path ? "/" : arena_strndup(c->a, path, (size_t)(last - path));
}

struct limits_way limits_way(const struct limits *l, const struct limited *who, const char *controller)
{
	const struct world_member *in = NULL;
	struct limits_way way = { 0 };

	for (size_t i = 0; i < who->process->n_cgroups; i++) {
		const struct world_member *m = &who->process->cgroups[i];

		if (has_word(m->hierarchy, controller) || (!*m->hierarchy && !in))
			in = m;
	}
	way.v1 = in && *in->hierarchy;
	for (const char *path = in ? in->path : NULL; path && way.n < LIMITS_DEPTH;
	     path = parent_of(l->c, path)) {
		const struct world_cgroup *g = world_cgroup_of(l->c->w, in->hierarchy, path);

		if (g)
			way.at[way.n++] = g;
	}
	return way;
}

const char *limits_dir(struct check *c, const struct world_cgroup *g)
{
	return arena_printf(c->a, "%s%s", g->mount ? g->mount : "", g->path);
}

const char *limits_size(struct check *c, int64_t bytes)
{
	return bytes < 1 << 20 ? arena_printf(c->a, "%.1f KiB", (double)bytes / 1024) :
				 arena_printf(c->a, "%.1f MiB", (double)bytes / (1 << 20));
}

/* ---- telling ---- */

bool limits_was_told(const struct limits *l, const char *code, const struct world_cgroup *g)
{
	for (size_t i = 0; i < l->n_told; i++)
		if (l->told[i].cgroup == g && str_eq(l->told[i].code, code))
			return true;
	return false;
}

struct finding *limits_tell(struct limits *l, const char *code, const struct limited *who,
			    const struct limits_way *way, size_t level)
{
	const struct world_cgroup *g = way->at[level];
	struct finding *f;

	if (limits_was_told(l, code, g))
		return NULL;
	arena_push(l->c->a, l->told, l->n_told, ((struct limits_told){ code, g }));
	f = check_add(l->c, code, who->target, limits_dir(l->c, g));
	f->netns = who->process->ns[WORLD_NS_NET];
	if (level > 0)
		check_evidence(l->c, f, "%s is in %s; the limit is that of %s, above it", who->target,
			       way->at[0]->path, g->path);
	return f;
}

/* ---- processor time ---- */

struct quota {
	int64_t quota, period; /* microseconds */
};

static struct quota quota_of(const struct world_cgroup *g, bool v1)
{
	const char *max = world_setting(g->settings, g->n_settings, "cpu.max"), *space;

	if (v1)
		return (struct quota){ limits_number(g, "cpu.cfs_quota_us"),
				       limits_number(g, "cpu.cfs_period_us") };
	space = max ? strchr(max, ' ') : NULL;
	return (struct quota){ number_of(max), number_of(space ? space + 1 : NULL) };
}

/* Microseconds; -1: not known. */
static int64_t cpu_used(struct limits *l, const struct world_cgroup *g, bool v1)
{
	const struct world_cgroup *counts = g;
	int64_t ns;

	if (!v1)
		return limits_key(g, "cpu.stat", "usage_usec");
	if (!world_setting(g->settings, g->n_settings, "cpuacct.usage"))
		counts = world_cgroup_of(l->c->w, "cpuacct", g->path);
	ns = counts ? limits_number(counts, "cpuacct.usage") : -1;
	return ns < 0 ? -1 : ns / 1000;
}

static void repair_quota(struct limits *l, struct finding *f, const struct world_cgroup *g, struct quota q,
			 bool v1)
{
	const char *dir = limits_dir(l->c, g), *end = v1 ? "" : arena_printf(l->c->a, " %" PRId64, q.period);

	repair_cgroup(&f->repair, dir, v1 ? "cpu.cfs_quota_us" : "cpu.max",
		      arena_printf(l->c->a, "%" PRId64 "%s", 2 * q.quota, end),
		      arena_printf(l->c->a, "%" PRId64 "%s", q.quota, end));
}

/* A world may come from a file, with numbers of any size. */
static int percent(int64_t part, int64_t of)
{
	double n = of > 0 ? (double)part * 100 / (double)of : 0;

	return n < 0 ? 0 : n > 100 ? 100 : (int)n;
}

/* Throttled periods, among how many. */
struct throttling {
	int64_t periods, throttled;
};

static struct throttling throttling_of(const struct world_cgroup *g, const char *file)
{
	return (struct throttling){ limits_key(g, file, "nr_periods"), limits_key(g, file, "nr_throttled") };
}

/* Of the two readings of one world, what came between; else what there ever was. Where it was idle between, the counters
 * stand still, and say whether all of it can have happened under this quota: in each of those periods it used it up. */
static bool is_throttled(struct limits *l, const struct world_cgroup *g, struct quota q, bool v1,
			 struct throttling *t)
{
	enum { PERIODS_MIN = 20, PERCENT = 20, PERCENT_NOW = 50, MOMENT = 100000 };
	struct throttling later = throttling_of(g, "cpu.stat.later");
	int64_t used = cpu_used(l, g, v1);

	*t = throttling_of(g, "cpu.stat");
	if (later.periods - t->periods >= 2 &&
	    (double)(later.periods - t->periods) * (double)q.period >= MOMENT) {
		*t = (struct throttling){ later.periods - t->periods, later.throttled - t->throttled };
		return percent(t->throttled, t->periods) >= PERCENT_NOW;
	}
	return t->periods >= PERIODS_MIN && percent(t->throttled, t->periods) >= PERCENT &&
	       used / t->throttled >= q.quota / 4 * 3;
}

static void look_at_cpu(struct limits *l, const struct limited *who, const struct limits_way *way,
			size_t level)
{
	const struct world_cgroup *g = way->at[level];
	struct quota q = quota_of(g, way->v1);
	struct throttling t;
	struct finding *f;

	if (q.quota <= 0 || q.period <= 0 || !is_throttled(l, g, q, way->v1, &t) ||
	    !(f = limits_tell(l, "limit-cpu", who, way, level)))
		return;
	check_evidence(l->c, f, "cpu.stat: it was throttled in %" PRId64 " of %" PRId64 " periods, %d %%",
		       t.throttled, t.periods, percent(t.throttled, t.periods));
	check_evidence(l->c, f, "%s: %" PRId64 " of each %" PRId64 " microseconds, %.2f processors",
		       way->v1 ? "cpu.cfs_quota_us" : "cpu.max", q.quota, q.period,
		       (double)q.quota / (double)q.period);
	repair_quota(l, f, g, q, way->v1);
}

/* ---- processes ---- */

static void look_at_pids(struct limits *l, const struct limited *who, const struct limits_way *way,
			 size_t level)
{
	const struct world_cgroup *g = way->at[level];
	int64_t max = limits_number(g, "pids.max"), now = limits_number(g, "pids.current"),
		refused = limits_key(g, "pids.events", "max"), peak = limits_number(g, "pids.peak");
	bool full = now >= max, was_full = refused > 0 && peak >= max;
	struct finding *f;

	if (max < 0 || (!full && !was_full) || !(f = limits_tell(l, "limit-pids", who, way, level)))
		return;
	check_evidence(l->c, f, "pids.current is %" PRId64 ", pids.max is %" PRId64, now, max);
	if (refused > 0)
		check_evidence(l->c, f, "pids.events: %" PRId64 " times a further one was refused", refused);
	repair_cgroup(&f->repair, limits_dir(l->c, g), "pids.max",
		      arena_printf(l->c->a, "%" PRId64, 2 * max + 1), arena_printf(l->c->a, "%" PRId64, max));
}

/* ---- limits that its engine recorded ---- */

static bool is_on(const struct limits *l, const struct limited *who, const struct world_cgroup *g)
{
	for (size_t i = 0; i < who->process->n_cgroups; i++) {
		const struct world_member *m = &who->process->cgroups[i];
		const char *rest = str_eq(m->hierarchy, g->hierarchy) ? str_after(m->path, g->path) : NULL;

		if (rest && (!*rest || *rest == '/' || !g->path[1]))
			return true;
	}
	return false;
}

/* The cgroup of that directory. */
static const struct world_cgroup *cgroup_at(struct check *c, const char *dir)
{
	for (size_t i = 0; i < c->w->n_cgroups; i++) {
		const struct world_cgroup *g = &c->w->cgroups[i];
		const char *rest = g->mount ? str_after(dir, g->mount) : NULL;

		if (rest && str_eq(*rest ? rest : "/", g->path))
			return g;
	}
	return NULL;
}

/* A controller of v2 is switched on in the cgroup above. */
static void repair_controller(struct limits *l, struct finding *f, const char *dir, const char *file,
			      const char *value)
{
	const char *above = parent_of(l->c, dir);
	const char *controller = arena_strndup(l->c->a, file, strcspn(file, "."));

	repair_cgroup(&f->repair, above, "cgroup.subtree_control", arena_printf(l->c->a, "+%s", controller),
		      arena_printf(l->c->a, "-%s", controller));
	repair_cgroup(&f->repair, dir, file, value, value);
}

/* The finding about that directory, to which what its other files lack is added. */
struct missing {
	const char *dir;
	size_t at; /* among the findings */
};

static struct finding *tell_missing(struct limits *l, const struct limited *who, const char *dir, bool in_it)
{
	struct finding *f = check_add(l->c, "limit-controller", who->target, dir);
	int64_t pid = who->process->pid;

	f->netns = who->process->ns[WORLD_NS_NET];
	if (in_it)
		check_evidence(l->c, f,
			       "its controller is not in cgroup.subtree_control of the cgroup above it");
	else
		check_evidence(l->c, f,
			       "its first process, %" PRId64 ", is not in it (/proc/%" PRId64 "/cgroup)", pid,
			       pid);
	if (!in_it)
		repair_cgroup(&f->repair, dir, "cgroup.procs", arena_printf(l->c->a, "%" PRId64, pid), NULL);
	return f;
}

/* path: "/sys/fs/cgroup/memory/guise/ID/memory.limit_in_bytes" */
static void look_at_recorded(struct limits *l, const struct limited *who, const char *path, const char *value,
			     struct missing *m)
{
	const char *slash = strrchr(path, '/'), *dir = parent_of(l->c, path);
	const struct world_cgroup *g = dir ? cgroup_at(l->c, dir) : NULL;
	bool in_it = g && is_on(l, who, g);
	struct finding *f;

	if (!dir || !l->c->w->n_cgroups ||
	    (in_it && (*g->hierarchy || world_setting(g->settings, g->n_settings, slash + 1))))
		return;
	if (!str_eq(m->dir, dir)) {
		tell_missing(l, who, dir, in_it);
		*m = (struct missing){ dir, l->c->out->n - 1 };
	}
	f = &l->c->out->v[m->at];
	check_evidence(l->c, f, "its engine recorded that it wrote %s to %s", value, slash + 1);
	if (in_it)
		repair_controller(l, f, dir, slash + 1, value);
}

static void look_at_controllers(struct limits *l, const struct limited *who)
{
	const struct world_container *k = who->container;
	struct missing m = { 0 };
	const char *path;

	for (size_t i = 0; k && i < k->n_hints; i++)
		if ((path = str_after(k->hints[i].name, "limit ")))
			look_at_recorded(l, who, path, k->hints[i].value, &m);
}

/* ---- whom it is about ---- */

static void look_at(struct limits *l, const struct limited *who)
{
	struct limits_way cpu = limits_way(l, who, "cpu"), pids = limits_way(l, who, "pids");

	limits_oom(l, who);
	limits_memory(l, who);
	for (size_t i = 0; i < cpu.n; i++)
		look_at_cpu(l, who, &cpu, i);
	for (size_t i = 0; i < pids.n; i++)
		look_at_pids(l, who, &pids, i);
	look_at_controllers(l, who);
}

static bool is_asked(const struct world_target *t, const struct world_container *k)
{
	return !t || t->container == k || (!t->container && t->process && t->process->pid == k->pid) ||
	       (!t->container && !t->process && t->netns && t->netns->inode == k->netns);
}

void findings_limits(struct check *c)
{
	const struct world_target *t = c->target;
	struct limits l = { .c = c };
	bool found = false;

	for (size_t i = 0; i < c->w->n_containers; i++) {
		const struct world_container *k = &c->w->containers[i];
		struct limited who = { k->name ? k->name : k->id, world_process_of(c->w, k->pid), k };

		if (!k->pid || !who.process || !is_asked(t, k))
			continue;
		found = true;
		look_at(&l, &who);
	}
	if (!found && t && t->process)
		look_at(&l, &(struct limited){ t->text, t->process, NULL });
}
