/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The mounts. A process with the host's root began with a copy of the host's table: what that has and it has not is
 * unmounted, what it has beside is mounted. One with a root of its own gets that at $root, and all of its mounts below.
 * What is bound from the host is found by file system and directory in the host's table.
 */
#include <string.h>
#include <sys/mount.h>
#include <linux/mount.h>

#include "base/utf8.h"
#include "observe/report/explain_script.h"

static const struct world_mountns *table_of(const struct explanation *x, const struct world_process *p)
{
	for (size_t i = 0; p && i < x->world->n_mountns; i++)
		if (x->world->mountns[i].inode == p->ns[WORLD_NS_MNT])
			return &x->world->mountns[i];
	return NULL;
}

static bool is_same(const struct world_mount *m, const struct world_mount *other)
{
	return m->major == other->major && m->minor == other->minor && str_eq(m->root, other->root) &&
	       str_eq(m->target, other->target);
}

static const struct world_mount *mount_at(const struct world_mountns *t, const char *target)
{
	const struct world_mount *found = NULL;

	for (size_t i = 0; t && i < t->n_mounts; i++)
		if (str_eq(t->mounts[i].target, target))
			found = &t->mounts[i];
	return found;
}

bool script_has_root(const struct explanation *x)
{
	const struct world_mount *own = mount_at(table_of(x, x->target->process), "/"),
				 *host = mount_at(table_of(x, script_here(x)), "/");

	return script_has_own(x, WORLD_NS_MNT) && own && host && !is_same(own, host);
}

bool script_has_hosts_root(const struct explanation *x)
{
	const struct world_process *p = x->target->process;
	const struct world_mount *own = mount_at(table_of(x, p), "/"),
				 *host = mount_at(table_of(x, explain_host(x)), "/");

	return str_eq(p->root ?: "/", "/") && own && host && is_same(own, host);
}

/* ---- where it can be bound from ---- */

/* The path of m's directory below the first n mounts of a table; NULL. */
static const char *path_in(struct arena *a, const struct world_mount *v, size_t n,
			   const struct world_mount *m)
{
	const struct world_mount *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = str_eq(v[i].root, "/") ? 0 : strlen(v[i].root);

		if (v[i].major != m->major || v[i].minor != m->minor ||
		    strncmp(m->root, v[i].root, len) != 0 || (m->root[len] && m->root[len] != '/') ||
		    (best && len < longest))
			continue;
		best = &v[i];
		longest = len;
	}
	if (!best)
		return NULL;
	return arena_printf(a, "%s%s", str_eq(best->target, "/") ? "" : best->target,
			    str_eq(m->root, "/") ? "" : m->root + longest);
}

static const char *option(struct arena *a, const struct world_mount *m, const char *name)
{
	for (const char *p = m->options; p; p = strchr(p, ','), p = p ? p + 1 : NULL) {
		const char *value = str_after(p, name);

		if (value && *value == '=')
			return arena_strndup(a, value + 1, strcspn(value + 1, ","));
	}
	return NULL;
}

/* ---- one mount ---- */

struct maker {
	const struct explanation *x;
	const struct world_mountns *own, *host;
	bool below; /* $root */
	struct str *out;
};

static const char *place(const struct maker *m, const char *path)
{
	return arena_printf(m->out->arena, "%s%s", m->below ? "\"$root\"" : "", str_shell(m->out, path));
}

/* Layers that are named from where the engine was: its directory, two above the one that is written to. */
static void add_overlay(const struct maker *m, const struct world_mount *t)
{
	struct arena *a = m->out->arena;
	const char *upper = option(a, t, "upperdir"), *lower = option(a, t, "lowerdir"), *base = "";
	struct str layers = { .arena = a };

	if (upper && strrchr(upper, '/')) {
		base = arena_strndup(a, upper, strrchr(upper, '/') - upper);
		base = strrchr(base, '/') ? arena_strndup(a, base, strrchr(base, '/') - base) : "";
		str_add(&layers, upper);
	}
	for (const char *p = lower; p && *p; p += strcspn(p, ":"), p += *p == ':')
		str_addf(&layers, "%s%s%s%.*s", layers.len ? ":" : "", *p == '/' ? "" : base,
			 *p == '/' ? "" : "/", (int)strcspn(p, ":"), p);
	str_addf(m->out, "mkdir \"$work/upper%llu\" \"$work/work%llu\"\nmkdir -p %s\n",
		 (unsigned long long)t->id, (unsigned long long)t->id, place(m, t->target));
	str_addf(
		m->out,
		"mount -t overlay overlay -o lowerdir=%s,upperdir=\"$work/upper%llu\",workdir=\"$work/work%llu\" %s\n",
		str_shell(m->out, str_get(&layers)), (unsigned long long)t->id, (unsigned long long)t->id,
		place(m, t->target));
}

/* Options of a new file system: not the attributes of its mount. */
static void add_new(const struct maker *m, const struct world_mount *t)
{
	struct str options = { .arena = m->out->arena };

	for (const char *p = t->options; p && *p; p += strcspn(p, ","), p += *p == ',') {
		size_t n = strcspn(p, ",");

		if ((n == 2 && (strncmp(p, "rw", 2) == 0 || strncmp(p, "ro", 2) == 0)) ||
		    str_after(p, "inode64") || str_after(p, "nr_inodes"))
			continue;
		str_addf(&options, "%s%.*s", options.len ? "," : "", (int)n, p);
	}
	str_addf(m->out, "mkdir -p %s\nmount -t %s", place(m, t->target), str_shell(m->out, t->type));
	if (options.len)
		str_addf(m->out, " -o %s", str_shell(m->out, str_get(&options)));
	str_addf(m->out, " %s %s\n", str_shell(m->out, t->source && *t->source ? t->source : t->type),
		 place(m, t->target));
	if (m->below && str_eq(t->target, "/dev") && str_eq(t->type, "tmpfs"))
		str_add(m->out,
			"cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty \"$root/dev/\"\n"
			"ln -s /proc/self/fd \"$root/dev/fd\"\nln -s pts/ptmx \"$root/dev/ptmx\"\n");
}

static bool is_new(const struct world_mount *t)
{
	static const char *const types[] = { "proc",   "sysfs",  "tmpfs",   "devpts",
					     "mqueue", "cgroup", "cgroup2", "ramfs" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(t->type, types[i]))
			return str_eq(t->root, "/") || str_after(t->type, "cgroup");
	return false;
}

/* A line of its own would end the document that all this is in. */
static bool has_lines(const struct world_mount *t)
{
	return strchr(t->target, '\n') || strchr(t->root, '\n') || strchr(t->options ?: "", '\n') ||
	       strchr(t->source ?: "", '\n') || strchr(t->type ?: "", '\n');
}

static void add_mount(const struct maker *m, const struct world_mount *t)
{
	struct arena *a = m->out->arena;
	const char *host = path_in(a, m->host->mounts, m->host->n_mounts, t),
		   *own = path_in(a, m->own->mounts, (size_t)(t - m->own->mounts), t);

	if (has_lines(t) || (own && strchr(own, '\n')) || (host && strchr(host, '\n')))
		str_addf(m->out, "# not made: %s\n", str_visible(m->out, t->target));
	else if (str_eq(t->type, "overlay") && str_eq(t->root, "/"))
		add_overlay(m, t);
	else if (own)
		str_addf(m->out, "bind %s %s\n", place(m, own), place(m, t->target));
	else if (is_new(t) && (!host || str_after(t->type, "cgroup")))
		add_new(m, t);
	else if (host)
		str_addf(m->out, "bind %s %s\n", str_shell(m->out, *host ? host : "/"), place(m, t->target));
	else
		str_addf(m->out, "# not made: %s, of type %s\n", str_visible(m->out, t->target),
			 str_visible(m->out, t->type));
}

/* Behind all of them: nothing could be made in what is read-only. */
static void add_attributes(const struct maker *m, const struct world_mount *t)
{
	static const struct {
		uint64_t attr;
		const char *word;
	} words[] = { { MOUNT_ATTR_RDONLY, "ro" },
		      { MOUNT_ATTR_NOSUID, "nosuid" },
		      { MOUNT_ATTR_NODEV, "nodev" },
		      { MOUNT_ATTR_NOEXEC, "noexec" } };
	struct str list = { .arena = m->out->arena };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (t->attr & words[i].attr)
			str_addf(&list, ",%s", words[i].word);
	if (list.len && !has_lines(t))
		str_addf(m->out, "again %s %s\n", str_get(&list) + 1, place(m, t->target));
	if (str_eq(t->propagation, "shared") && m->below && !has_lines(t))
		str_addf(m->out, "mount --make-shared %s || :\n", place(m, t->target));
}

static bool has(const struct world_mountns *table, const struct world_mount *m)
{
	for (size_t i = 0; i < table->n_mounts; i++)
		if (is_same(&table->mounts[i], m) && table->mounts[i].attr == m->attr)
			return true;
	return false;
}

void script_mounts(const struct explanation *x, struct str *out)
{
	const struct world_process *p = x->target->process;
	struct maker m = { x, table_of(x, p), table_of(x, script_here(x)), script_has_root(x), out };

	if (!script_has_own(x, WORLD_NS_MNT))
		return;
	if (!m.own || !m.host) {
		str_add(out, "# not made: its mounts, which could not be read\n");
		return;
	}
	str_add(out,
		"bind() {\n\tif [ -d \"$1\" ]; then mkdir -p \"$2\"; else mkdir -p \"${2%/*}\"; [ -e \"$2\" ] || : >\"$2\"; fi\n"
		"\tmount --bind \"$1\" \"$2\"\n}\nagain() { mount -o \"remount,bind,$1\" \"$2\"; }\n");
	if (m.below)
		str_add(out, "export root=\"$work/root\"\nmkdir \"$root\"\n");
	for (size_t i = m.host->n_mounts; !m.below && i-- > 0;)
		if (!has(m.own, &m.host->mounts[i]) && !has_lines(&m.host->mounts[i]))
			str_addf(out, "umount -l %s\n", str_shell(out, m.host->mounts[i].target));
	for (size_t i = 0; i < m.own->n_mounts; i++)
		if (m.below || !has(m.host, &m.own->mounts[i]))
			add_mount(&m, &m.own->mounts[i]);
	for (size_t i = 0; i < m.own->n_mounts; i++)
		if (m.below || !has(m.host, &m.own->mounts[i]))
			add_attributes(&m, &m.own->mounts[i]);
}
