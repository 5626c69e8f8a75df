/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "observe/findings/limits.h"
#include "plan/build/repair.h"

/* What v1 and v2 call the same. */
struct memory_files {
	const char *limit, *use, *peak, *cache[3];
};
static const struct memory_files files[] = {
	{ "memory.max",
	  "memory.current",
	  "memory.peak",
	  { "inactive_file", "active_file", "slab_reclaimable" } },
	{ "memory.limit_in_bytes",
	  "memory.usage_in_bytes",
	  "memory.max_usage_in_bytes",
	  { "total_inactive_file", "total_active_file", NULL } },
};

static const struct memory_files *files_of(const struct limits_way *way)
{
	return &files[way->v1];
}

/* Twice as much; of v1 the limit of memory and swap together, which is never below the other, grows first. */
static void repair_limit(struct limits *l, struct finding *f, const struct limits_way *way, size_t level)
{
	const struct world_cgroup *g = way->at[level];
	int64_t limit = limits_number(g, files_of(way)->limit),
		both = limits_number(g, "memory.memsw.limit_in_bytes");
	const char *dir = limits_dir(l->c, g);

	if (both >= 0)
		repair_cgroup(&f->repair, dir, "memory.memsw.limit_in_bytes",
			      arena_printf(l->c->a, "%" PRId64, both + limit),
			      arena_printf(l->c->a, "%" PRId64, both));
	repair_cgroup(&f->repair, dir, files_of(way)->limit, arena_printf(l->c->a, "%" PRId64, 2 * limit),
		      arena_printf(l->c->a, "%" PRId64, limit));
}

/* ---- near the limit ---- */

/* Without the cache of files, which the kernel gives up for any other use. -1: not known. */
static int64_t needed(const struct limits_way *way, size_t level)
{
	const struct memory_files *names = files_of(way);
	int64_t n = limits_number(way->at[level], names->use);

	if (n < 0 || limits_key(way->at[level], "memory.stat", names->cache[0]) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names->cache) && names->cache[i]; i++) {
		int64_t cache = limits_key(way->at[level], "memory.stat", names->cache[i]);

		n -= cache > 0 ? cache : 0;
	}
	return n > 0 ? n : 0;
}

static void look_at_use(struct limits *l, const struct limited *who, const struct limits_way *way,
			size_t level)
{
	enum { NEAR = 90, AT = 95 };
	const struct world_cgroup *g = way->at[level];
	int64_t limit = limits_number(g, files_of(way)->limit), need = needed(way, level);
	struct finding *f;

	if (limit <= 0 || need < 0 || need / (limit / 100 + 1) < NEAR || limits_was_told(l, "limit-oom", g) ||
	    !(f = limits_tell(l, "limit-memory", who, way, level)))
		return;
	f->certainty = need / (limit / 100 + 1) < AT ? CERTAINTY_SUSPICION : CERTAINTY_FAULT;
	check_evidence(l->c, f, "%s is %s, %s of it without what can be given up (memory.stat)",
		       files_of(way)->use, limits_size(l->c, limits_number(g, files_of(way)->use)),
		       limits_size(l->c, need));
	check_evidence(l->c, f, "%s is %s", files_of(way)->limit, limits_size(l->c, limit));
	repair_limit(l, f, way, level);
}

void limits_memory(struct limits *l, const struct limited *who)
{
	struct limits_way way = limits_way(l, who, "memory");

	for (size_t i = 0; i < way.n; i++)
		look_at_use(l, who, &way, i);
}

/* ---- killed ---- */

/* The outermost cgroup that is still the container's own. */
static size_t own_level(const struct limits_way *way, const struct limited *who)
{
	const char *own = who->container ? who->container->cgroup : NULL;
	size_t level = 0;

	while (own && level + 1 < way->n && str_after(way->at[level + 1]->path, own))
		level++;
	return level;
}

static bool was_raised(const struct limits_way *way, size_t level)
{
	int64_t peak = limits_number(way->at[level], files_of(way)->peak),
		limit = limits_number(way->at[level], files_of(way)->limit);

	return peak >= 0 && peak < limit / 10 * 9;
}

/* v1 has counted no failures since Linux 6.14, so a highest use at the limit has to do. The kernel charges in batches of
 * up to 64 pages. */
static bool was_hit_v1(const struct world_cgroup *g)
{
	enum { SLACK = 64 * 4096 };
	int64_t both = limits_number(g, "memory.memsw.limit_in_bytes");

	return limits_number(g, "memory.failcnt") > 0 || limits_number(g, "memory.memsw.failcnt") > 0 ||
	       limits_number(g, files[1].peak) > limits_number(g, files[1].limit) - SLACK ||
	       (both > 0 && limits_number(g, "memory.memsw.max_usage_in_bytes") > both - SLACK);
}

/* The cgroup whose limit was hit, from the process's own up, and is what it was; way->n: none. */
static size_t whose_limit(const struct limits_way *way)
{
	for (size_t i = 0; i < way->n; i++) {
		const struct world_cgroup *g = way->at[i];

		if (limits_number(g, files_of(way)->limit) <= 0 || was_raised(way, i))
			continue;
		if (way->v1 ? was_hit_v1(g) : limits_key(g, "memory.events.local", "oom") > 0)
			return i;
	}
	return way->n;
}

void limits_oom(struct limits *l, const struct limited *who)
{
	struct limits_way way = limits_way(l, who, "memory");
	size_t own = own_level(&way, who), level;
	int64_t kills = -1;
	struct finding *f;

	if (way.n)
		kills = limits_key(way.at[own], way.v1 ? "memory.oom_control" : "memory.events", "oom_kill");
	/* that the machine had none left is over, and nobody's limit */
	if (kills <= 0 || (level = whose_limit(&way)) == way.n ||
	    !(f = limits_tell(l, "limit-oom", who, &way, level)))
		return;
	check_evidence(l->c, f, "%s of %s: the kernel killed %" PRId64 " of its processes for memory",
		       way.v1 ? "memory.oom_control" : "memory.events", limits_dir(l->c, way.at[own]), kills);
	check_evidence(l->c, f, "%s is %s, and was hit (%s)", files_of(&way)->limit,
		       limits_size(l->c, limits_number(way.at[level], files_of(&way)->limit)),
		       way.v1 ? files_of(&way)->peak : "memory.events.local");
	repair_limit(l, f, &way, level);
}
