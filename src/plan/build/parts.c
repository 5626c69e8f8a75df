/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/parts.h"

#include <string.h>

#include "kernel/process/cpulist.h"
#include "kernel/process/rlimit.h"

static const struct {
	const char *path;
	unsigned major, minor;
} nodes[] = { { "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
	      { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 } };

static const struct {
	const char *path, *to;
} links[] = { { "/dev/fd", "/proc/self/fd" },
	      { "/dev/stdin", "/proc/self/fd/0" },
	      { "/dev/stdout", "/proc/self/fd/1" },
	      { "/dev/stderr", "/proc/self/fd/2" },
	      { "/dev/ptmx", "pts/ptmx" } };

struct step *parts_mount(struct plan *p, const char *type, const char *target, uint64_t attr,
			 const char *data)
{
	struct step *st = plan_add(p, STEP_MOUNT, NULL);

	st->mount.type = type;
	st->mount.source = type;
	st->mount.target = target;
	st->mount.attr = attr;
	st->mount.data = data;
	return st;
}

uint64_t parts_tree(struct plan *p, const char *source, const char *mnt_ns, bool idmap, bool recursive)
{
	struct step *st = plan_add(p, STEP_TREE, NULL);
	uint64_t n = 0;

	st->tree.source = source;
	st->tree.mnt_ns = mnt_ns;
	st->tree.idmap = idmap;
	st->tree.recursive = recursive;
	for (size_t i = 0; i < p->count; i++)
		n += p->steps[i].kind == STEP_TREE;
	return n;
}

struct step *parts_cgroup_set(struct plan *p, const char *dir, const struct limit_write *w)
{
	struct step *st = plan_add(p, STEP_CGROUP_SET, NULL);

	st->cgroup_set.path = dir;
	st->cgroup_set.file = w->file;
	st->cgroup_set.value = w->value;
	st->cgroup_set.optional = w->optional;
	return st;
}

void parts_symlink(struct plan *p, const char *path, const char *to)
{
	struct step *st = plan_add(p, STEP_SYMLINK, NULL);

	st->symlink.path = path;
	st->symlink.to = to;
}

void parts_cgroup_links(struct plan *p, const char *target, const char *name)
{
	for (const char *part = name; strchr(name, ',') && *part; part += *part == ',') {
		size_t n = strcspn(part, ",");

		parts_symlink(p, arena_printf(p->arena, "%s/%.*s", target, (int)n, part), name);
		part += n;
	}
}

void parts_default_devices(struct plan *p, bool bind)
{
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		struct step *st = plan_add(p, STEP_DEVICE, NULL);

		st->device.path = st->device.host = nodes[i].path;
		st->device.type = 'c';
		st->device.major = nodes[i].major;
		st->device.minor = nodes[i].minor;
		st->device.mode = 0666;
		st->device.bind = bind;
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		parts_symlink(p, links[i].path, links[i].to);
}

void parts_join(struct plan *p, enum ns_kind ns, const char *path)
{
	struct step *st = plan_add(p, STEP_JOIN_NS, NULL);

	st->join_ns.name = ns_name[ns];
	st->join_ns.path = path;
}

void parts_rlimits(struct plan *p, enum step_kind kind, const struct spec_rlimit *rlimits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct step *st = plan_add(p, kind, NULL);

		st->rlimit.name = rlimit_name(rlimits[i].resource);
		st->rlimit.resource = rlimits[i].resource;
		st->rlimit.soft = rlimits[i].soft;
		st->rlimit.hard = rlimits[i].hard;
	}
}

void parts_sysctl(struct plan *p, const char *note, const char *name, const char *value)
{
	struct step *st = plan_add(p, STEP_SYSCTL, note);

	st->sysctl.name = name;
	st->sysctl.value = value;
}

void parts_link_sysctl(struct plan *p, const char *note, const char *family, const char *link,
		       const char *name, const char *value)
{
	char *dotted = arena_strdup(p->arena, link);

	for (char *dot = dotted; *dot; dot++)
		*dot = *dot == '.' ? '/' : *dot; /* as sysctl(8) has it: spec/sysctl.h */
	parts_sysctl(p, note, arena_printf(p->arena, "net.%s.conf.%s.%s", family, dotted, name), value);
}

void parts_affinity(struct plan *p)
{
	plan_add(p, STEP_AFFINITY, "all processors that its cgroups have, whichever guise was started on")
		->affinity.cpus = CPULIST_ALL;
}

void parts_made(struct plan *p, const char *root, const struct mounted *m, const char *top)
{
	struct step *st = plan_add(p, STEP_MADE, NULL);

	st->made.root = root;
	st->made.path = m->target;
	st->made.top = top;
	st->made.file = m->place == PLACE_FILE;
}
