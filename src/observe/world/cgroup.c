/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The cgroups of containers, in every hierarchy that is mounted, and all above these: limits hold up the whole tree. Of
 * each those of its files that say a limit, what is used of it, and what came of that; by the kernel's names, of v1
 * (cgroup-v1/) and v2 (cgroup-v2.rst) alike. The hierarchies are those of our mount table, wherever they are mounted;
 * a cgroup that lies outside of what is mounted here, as seen from inside a container, is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/mountinfo.h"
#include "observe/world/cgroup.h"
#include "observe/world/parts.h"
#include "observe/world/process.h"

/* What is read of a cgroup, where it is there. */
static const char *const v2_files[] = {
	"cgroup.controllers",
	"cgroup.subtree_control",
	"cgroup.type",
	"cgroup.freeze",
	"cgroup.events",
	"memory.max",
	"memory.high",
	"memory.low",
	"memory.min",
	"memory.current",
	"memory.peak",
	"memory.events",
	"memory.events.local",
	"memory.stat",
	"memory.oom.group",
	"memory.pressure",
	"memory.swap.max",
	"memory.swap.current",
	"memory.swap.peak",
	"memory.swap.events",
	"cpu.max",
	"cpu.weight",
	"cpu.stat",
	"cpu.pressure",
	"cpuset.cpus",
	"cpuset.mems",
	"cpuset.cpus.effective",
	"cpuset.mems.effective",
	"pids.max",
	"pids.current",
	"pids.peak",
	"pids.events",
	"io.max",
	"io.weight",
	"io.pressure",
	"hugetlb.2MB.max",
};
static const char *const v1_files[] = {
	"memory.limit_in_bytes",
	"memory.soft_limit_in_bytes",
	"memory.usage_in_bytes",
	"memory.max_usage_in_bytes",
	"memory.failcnt",
	"memory.memsw.limit_in_bytes",
	"memory.memsw.usage_in_bytes",
	"memory.memsw.max_usage_in_bytes",
	"memory.memsw.failcnt",
	"memory.swappiness",
	"memory.oom_control",
	"memory.stat",
	"cpu.cfs_quota_us",
	"cpu.cfs_period_us",
	"cpu.shares",
	"cpu.stat",
	"cpuacct.usage",
	"cpuset.cpus",
	"cpuset.mems",
	"cpuset.effective_cpus",
	"cpuset.effective_mems",
	"pids.max",
	"pids.current",
	"pids.peak",
	"pids.events",
	"freezer.state",
	"blkio.weight",
	"blkio.bfq.weight",
	"blkio.throttle.read_bps_device",
	"blkio.throttle.write_bps_device",
	"blkio.throttle.read_iops_device",
	"blkio.throttle.write_iops_device",
	"devices.list",
	"net_cls.classid",
};

/* ---- hierarchies ---- */

/* Is the hierarchy "cpu,cpuacct" the one with these options of its file system, "rw,cpu,cpuacct"? The first controller,
 * or the name, tells. */
static bool is_hierarchy(struct arena *a, const struct mountinfo *m, const char *hierarchy)
{
	size_t first = strcspn(hierarchy, ",");
	const char *name = str_after(hierarchy, "name=");

	if (!*hierarchy)
		return str_eq(m->type, "cgroup2");
	if (!str_eq(m->type, "cgroup"))
		return false;
	if (name)
		return str_eq(mountinfo_option(a, m, "name"), name);
	return mountinfo_option(a, m, arena_strndup(a, hierarchy, first)) != NULL;
}

struct hierarchy {
	const char *name, *mount, *root; /* NULL: not mounted; root: what of it is */
};

struct reader {
	struct world *w;
	struct mountinfo_list mounts;
	struct hierarchy *hierarchies;
	size_t n_hierarchies;
	struct world_member *members; /* to be read */
	size_t n_members;
	size_t refused;
};

static const struct hierarchy *hierarchy_of(struct reader *r, const char *name)
{
	struct hierarchy h = { .name = name };

	for (size_t i = 0; i < r->n_hierarchies; i++)
		if (str_eq(r->hierarchies[i].name, name))
			return &r->hierarchies[i];
	/* the last one that is mounted hides none of the others; the first is the usual place */
	for (size_t i = 0; i < r->mounts.n && !h.mount; i++) {
		if (!is_hierarchy(r->w->arena, &r->mounts.v[i], name))
			continue;
		h.mount = r->mounts.v[i].target;
		h.root = r->mounts.v[i].root;
	}
	arena_push(r->w->arena, r->hierarchies, r->n_hierarchies, h);
	return &r->hierarchies[r->n_hierarchies - 1];
}

/* ---- one cgroup ---- */

const char *cgroup_below(const char *path, const char *root)
{
	const char *rest = str_eq(root, "/") ? path : str_after(path, root);

	/* cgroup_namespaces(7): outside of our own one, "/.." */
	if (strstr(path, "/..") || !rest || (*rest && *rest != '/'))
		return NULL;
	return str_eq(rest, "/") ? "" : rest;
}

static void read_files(struct reader *r, int dir, bool v2, struct world_cgroup *c)
{
	const char *const *files = v2 ? v2_files : v1_files;
	size_t n = v2 ? ARRAY_LEN(v2_files) : ARRAY_LEN(v1_files);
	struct arena *a = r->w->arena;
	char text[8192];

	for (size_t i = 0; i < n; i++) {
		ssize_t len = io_read_small(dir, files[i], text, sizeof(text));

		if (len >= 0)
			arena_push(a, c->settings, c->n_settings,
				   ((struct world_setting){ files[i], arena_strndup(a, text, len) }));
		else if (len == -EACCES || len == -EPERM)
			r->refused++;
	}
}

static void read_cgroup(struct reader *r, const struct world_member *m)
{
	const struct hierarchy *h = hierarchy_of(r, m->hierarchy);
	struct world_cgroup c = { .hierarchy = m->hierarchy, .path = m->path, .mount = h->mount };
	const char *below = h->mount ? cgroup_below(m->path, h->root) : NULL;

	if (!below)
		return;
	autoclose int dir = open(arena_printf(r->w->arena, "%s%s", h->mount, below),
				 O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	read_files(r, dir, !*m->hierarchy, &c);
	arena_push(r->w->arena, r->w->cgroups, r->w->n_cgroups, c);
}

/* ---- which ---- */

static void want(struct reader *r, const char *hierarchy, const char *path)
{
	enum { DEPTH_MAX = 64 };
	struct arena *a = r->w->arena;
	size_t len = strlen(path);

	for (int depth = 0; depth < DEPTH_MAX && len > 1; depth++) {
		arena_push(a, r->members, r->n_members,
			   ((struct world_member){ hierarchy, arena_strndup(a, path, len) }));
		while (len > 1 && path[--len] != '/')
			;
	}
	arena_push(a, r->members, r->n_members, ((struct world_member){ hierarchy, "/" }));
}

static void want_of(struct reader *r, const struct world_process *p)
{
	for (size_t i = 0; p && i < p->n_cgroups; i++)
		want(r, p->cgroups[i].hierarchy, p->cgroups[i].path);
}

static int by_path(const void *a, const void *b)
{
	const struct world_member *one = a, *other = b;
	int r = strcmp(one->hierarchy, other->hierarchy);

	return r ?: strcmp(one->path, other->path);
}

void world_read_cgroups(struct world *w, const struct world_wish *wish)
{
	struct reader r = { .w = w };
	bool again = w->n_cgroups > 0;
	int failed = mountinfo_read_self(w->arena, &r.mounts);

	if (failed < 0) {
		world_unread(w, "cgroups: /proc/self/mountinfo: %s", strerror(-failed));
		return;
	}
	for (size_t i = 0; i < w->n_containers && (wish->parts & WORLD_CGROUPS); i++)
		if (w->containers[i].pid)
			want_of(&r, process_find(w, w->containers[i].pid));
	if (wish->pid)
		want_of(&r, process_find(w, wish->pid));
	if (r.n_members)
		qsort(r.members, r.n_members, sizeof(*r.members), by_path);
	for (size_t i = 0; i < r.n_members; i++)
		if ((i == 0 || by_path(&r.members[i - 1], &r.members[i]) != 0) &&
		    !(again && world_cgroup_of(w, r.members[i].hierarchy, r.members[i].path)))
			read_cgroup(&r, &r.members[i]);
	if (r.refused)
		world_unread(w, "cgroups: %zu files: %s", r.refused, strerror(EACCES));
}

/* ---- once more ---- */

static int open_again(struct world *w, const struct world_cgroup *g)
{
	const char *stat = world_setting(g->settings, g->n_settings, "cpu.stat");
	const char *throttled = stat ? strstr(stat, "nr_throttled ") : NULL;

	if (!throttled || throttled[strlen("nr_throttled ")] == '0')
		return -1;
	return open(arena_printf(w->arena, "%s%s", g->mount, g->path), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void world_read_throttled(struct world *w)
{
	static const struct timespec some_periods = { .tv_nsec = 250000000 };
	bool waited = false;
	char text[1024];

	for (size_t i = 0; i < w->n_cgroups; i++) {
		struct world_cgroup *g = &w->cgroups[i];
		autoclose int dir = open_again(w, g);
		ssize_t len;

		if (dir < 0)
			continue;
		if (!waited)
			nanosleep(&some_periods, NULL);
		waited = true;
		if ((len = io_read_small(dir, "cpu.stat", text, sizeof(text))) > 0)
			arena_push(w->arena, g->settings, g->n_settings,
				   ((struct world_setting){ "cpu.stat.later",
							    arena_strndup(w->arena, text, len) }));
	}
}
