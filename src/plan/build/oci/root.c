/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root file system of a bundle and what lies in it (config.md, "Root", "Mounts"; config-linux.md,
 * "Devices", "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths"). */
#include <string.h>
#include <sys/mount.h>

#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"
#include "spec/idmap.h"

static bool is_bind(const struct oci_mount *m)
{
	return str_eq(m->type, "bind");
}

static bool is_cgroup(const struct oci_mount *m)
{
	return str_eq(m->type, "cgroup") || str_eq(m->type, "cgroup2");
}

/* A file system in memory that shall be read-only may still be where later mounts and devices are made. */
static bool is_readonly_later(const struct oci_mount *m)
{
	return str_eq(m->type, "tmpfs") && !m->remount && ((m->attr | m->rec_attr) & MOUNT_ATTR_RDONLY);
}

/* Kernel file systems have labels by SELinux's own policy. */
static bool takes_label(const struct oci_mount *m)
{
	return !m->remount && !str_eq(m->type, "proc") && !str_eq(m->type, "sysfs") &&
	       !str_eq(m->type, "mqueue");
}

/* The flags of a file system are options of it to fsconfig(2). MS_SILENT is no option there, and
 * MS_I_VERSION neither: which file systems count the versions of inodes is up to them. */
static const char *data_of(struct plan *p, const struct oci_config *c, const struct oci_mount *m)
{
	static const struct {
		unsigned long flag;
		const char *word;
	} flags[] = { { MS_SYNCHRONOUS, "sync" },
		      { MS_DIRSYNC, "dirsync" },
		      { MS_LAZYTIME, "lazytime" },
		      { MS_MANDLOCK, "mand" } };
	struct str data = { .arena = p->arena };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (m->flags & flags[i].flag)
			str_addf(&data, "%s%s", data.len ? "," : "", flags[i].word);
	if (m->data)
		str_addf(&data, "%s%s", data.len ? "," : "", m->data);
	if (c->mount_label && takes_label(m))
		str_addf(&data, "%scontext=\"%s\"", data.len ? "," : "", c->mount_label);
	return data.p;
}

/* ---- trees ---- */

/* HOST copies what INIT could not: a bind mount that shall pass mounts on to the host is cut off in INIT's
 * mount namespace; owners are mapped by who has privilege over the file system; and a user namespace's ids
 * may not reach the source. */
static bool is_from_host(const struct oci_config *c, const struct oci_facts *f, size_t i)
{
	const struct oci_mount *m = &c->mounts[i];

	if (m->remount || is_cgroup(m) || f->sources[i].link_to || (f->sources[i].is_missing && !m->idmap))
		return false;
	return m->idmap || (is_bind(m) && ((m->propagation & MS_SHARED) || oci_host_reaches_further(c, f)));
}

static void add_tree(struct plan *p, const struct oci_config *c, const struct oci_mount *m)
{
	parts_tree(p, m->source ? m->source : m->type, NULL, m->idmap, m->recursive);
	struct step *st = &p->steps[p->count - 1];

	st->tree.nofollow = m->link_source;
	if (!m->idmap)
		return;

	if (!is_bind(m)) {
		st->tree.type = m->type;
		st->tree.data = data_of(p, c, m);
	}
	st->tree.idmap_recursive = m->idmap_recursive;
	st->tree.uid_map = idmap_lines(p->arena, m->uid_map, m->n_uid_map);
	st->tree.gid_map = idmap_lines(p->arena, m->gid_map, m->n_gid_map);
}

/* The root's first, then those of the mounts, in their order. */
void build_oci_trees(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (oci_host_reaches_further(c, f) && c->ns[NS_MNT].given)
		parts_tree(p, f->root, NULL, false, true);
	for (size_t i = 0; i < c->n_mounts; i++)
		if (is_from_host(c, f, i))
			add_tree(p, c, &c->mounts[i]);
}

/* Which of the trees is the i-th mount's, from 1 on; 0: none. */
static uint64_t tree_of(const struct oci_config *c, const struct oci_facts *f, size_t i)
{
	uint64_t n = oci_host_reaches_further(c, f) ? 1 : 0;

	for (size_t j = 0; j <= i; j++)
		n += is_from_host(c, f, j);
	return is_from_host(c, f, i) ? n : 0;
}

/* ---- root ---- */

/* Does anything want to hear of mounts that the host makes later? */
static bool wants_slave(const struct oci_config *c)
{
	bool slave = c->root_propagation & MS_SLAVE;

	for (size_t i = 0; i < c->n_mounts; i++)
		slave |= is_bind(&c->mounts[i]) && (c->mounts[i].propagation & MS_SLAVE);
	return slave;
}

static void add_root(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool slave = wants_slave(c);
	struct step *st = plan_add(p, STEP_PROPAGATION, "nothing mounted from here on shows on the host");

	st->propagation.flags = MS_REC | (slave ? MS_SLAVE : MS_PRIVATE);
	st = plan_add(p, STEP_ROOT, "the tree, in place");
	st->root.source = f->root;
	st->root.at = f->place;
	st->root.born_there = oci_born_at_root(c);
	st->root.from_host = oci_host_reaches_further(c, f);
	/* a copy that HOST made is still in one group with the host's */
	if (slave || st->root.from_host)
		st->root.propagation = MS_REC | (c->root_propagation & MS_SLAVE ? MS_SLAVE : MS_PRIVATE);
}

/* Without a mount namespace: the tree as it is on the host, and mounts that the host has, too. */
static void add_root_in_place(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st = plan_add(p, STEP_ROOT, "the tree, as it is: there is no mount namespace");

	st->root.source = f->root;
	st->root.stays = true;
	st->root.bound_here = c->n_mounts || c->masked.n || c->readonly.n || c->root_readonly ||
			      c->root_propagation;
	st->root.over = st->root.bound_here ? f->root_mount : 0;
}

/* ---- mounts ---- */

static void add_remount(struct plan *p, const struct oci_config *c, const struct oci_mount *m)
{
	struct step *st = plan_add(p, STEP_REMOUNT, NULL);

	st->remount.path = m->target;
	st->remount.attr = m->attr | m->rec_attr;
	st->remount.attr_clear = m->attr_clear | m->rec_attr_clear;
	st->remount.data = data_of(p, c, m);
}

/* As crun does it: the host's, which is then seen as whose network it is. All of it: what the host has
 * mounted below is locked together with it in a user namespace. */
static void add_host_sysfs(struct plan *p, const struct oci_mount *m)
{
	struct step *st = parts_mount(p, "bind", m->target, 0, NULL);

	st->mount.source = "/sys";
	st->mount.recursive = true;
	st->mount.rec_attr = m->attr | m->rec_attr;
	st->mount.propagation = MS_REC | MS_PRIVATE;
	st->mount.real_directory = true;
}

static void add_mount(struct plan *p, const struct oci_config *c, const struct oci_facts *f, size_t i)
{
	const struct oci_mount *m = &c->mounts[i];

	if (f->sources[i].link_to) {
		parts_symlink(p, m->target, f->sources[i].link_to);
		p->steps[p->count - 1].symlink.must = true;
		return;
	}
	uint64_t later = is_readonly_later(m) ? MOUNT_ATTR_RDONLY : 0, tree = tree_of(c, f, i);

	if (tree)
		oci_wait(p);
	if (str_eq(m->type, "sysfs") && f->sysfs_denied) {
		add_host_sysfs(p, m);
		return;
	}
	struct step *st = parts_mount(p, m->type, m->target, m->attr & ~later,
				      is_bind(m) || tree ? NULL : data_of(p, c, m));

	if (m->source)
		st->mount.source = m->source;
	st->mount.attr_clear = m->attr_clear;
	st->mount.attr_reset = m->attr_reset;
	st->mount.rec_attr = m->rec_attr & ~later;
	st->mount.rec_attr_clear = m->rec_attr_clear;
	st->mount.recursive = m->recursive;
	st->mount.propagation = m->propagation;
	/* what HOST copied, or what was not cut off, is not to stay connected with the host */
	if (is_bind(m) && !m->propagation && (tree || wants_slave(c) || !c->ns[NS_MNT].given))
		st->mount.propagation = MS_REC | MS_PRIVATE;
	st->mount.copy_up = m->copy_up;
	/* a link in the image's place of /proc would let it choose what is written through it */
	st->mount.real_directory = str_eq(m->type, "proc") || str_eq(m->type, "sysfs");
	st->mount.file = f->sources[i].is_file;
	st->mount.link_source = m->link_source;
	st->mount.link_target = m->link_target;
	st->mount.tree = tree;
}

/* ---- devices ---- */

/* A /dev to make devices in: not that of a root file system that is the host's. */
static bool has_dev(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, "/dev"))
			return true;
	return c->ns[NS_MNT].given;
}

static bool binds_dev(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, "/dev") && is_bind(&c->mounts[i]))
			return true;
	return false;
}

bool oci_binds_devices(const struct oci_config *c, const struct oci_facts *f)
{
	return (oci_in_userns(c) || !f->privileged) && has_dev(c) && !binds_dev(c);
}

static void add_devices(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool bind = oci_binds_devices(c, f);

	if (binds_dev(c))
		return; /* the host's /dev has what it has */
	parts_default_devices(p, bind);
	parts_symlink(p, "/dev/core", "/proc/kcore");
	for (size_t i = 0; i < c->n_devices; i++) {
		const struct oci_device *d = &c->devices[i];
		struct step *st;

		/* engines list the host's devices for a privileged container; its terminals are its own
		 * devpts' */
		if (str_eq(d->path, "/dev/ptmx"))
			continue;
		st = plan_add(p, STEP_DEVICE, NULL);

		st->device.path = d->path;
		st->device.type = d->type;
		st->device.major = d->major;
		st->device.minor = d->minor;
		st->device.mode = d->has_mode ? d->mode : 0666;
		st->device.uid = d->uid;
		st->device.gid = d->gid;
		st->device.bind = bind && d->type != 'p'; /* whoever it is may make a FIFO */
		st->device.host = st->device.bind ? f->device_hosts[i] : d->path;
	}
}

/* Each mount in its turn; the cgroup namespace before the first that shows cgroups. */
static void add_mounts(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool new_cgroup_ns = oci_new_ns(c, NS_CGROUP);

	for (size_t i = 0; i < c->n_mounts; i++) {
		if (c->mounts[i].remount) {
			add_remount(p, c, &c->mounts[i]);
		} else if (is_cgroup(&c->mounts[i])) {
			oci_wait(p);
			if (new_cgroup_ns)
				plan_add(p, STEP_CGROUP_NS, NULL);
			new_cgroup_ns = false;
			build_oci_cgroup_mount(p, c, f, &c->mounts[i]);
		} else {
			add_mount(p, c, f, i);
		}
	}
	if (new_cgroup_ns) {
		oci_wait(p);
		plan_add(p, STEP_CGROUP_NS, NULL);
	}
}

void build_oci_root(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (c->ns[NS_MNT].given)
		add_root(p, c, f);
	else
		add_root_in_place(p, c, f);
	add_mounts(p, c, f);
	if (has_dev(c))
		add_devices(p, c, f);
}

/* ---- the end ---- */

static void add_console(struct plan *p, const struct oci_config *c)
{
	struct step *st = plan_add(p, STEP_CONSOLE, NULL);

	st->console.uid = c->process.uid;
	st->console.height = c->process.height;
	st->console.width = c->process.width;
	st->console.mount = has_dev(c) && !binds_dev(c);
}

static void add_covers(struct plan *p, const struct oci_config *c)
{
	struct step *st;

	for (size_t i = 0; i < c->n_mounts; i++)
		if (is_readonly_later(&c->mounts[i])) {
			st = plan_add(p, STEP_REMOUNT, NULL);
			st->remount.path = c->mounts[i].target;
			st->remount.attr = MOUNT_ATTR_RDONLY;
		}
	for (size_t i = 0; i < c->masked.n; i++)
		plan_add(p, STEP_MASK, NULL)->mask.path = c->masked.v[i];
	for (size_t i = 0; i < c->readonly.n; i++)
		plan_add(p, STEP_READONLY, NULL)->readonly.path = c->readonly.v[i];
	if (c->root_readonly && c->has_process && !str_eq(c->process.cwd, "/"))
		plan_add(p, STEP_DIRECTORY, "the working directory, while it can be made")->directory.path =
			c->process.cwd;
	if (c->root_readonly)
		plan_add(p, STEP_REMOUNT, NULL)->remount.attr = MOUNT_ATTR_RDONLY;
}

void build_oci_root_end(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st;

	if (c->has_process && c->process.tty)
		add_console(p, c);
	add_covers(p, c);
	st = plan_add(p, STEP_PIVOT, "from here on the host's files are out of reach");
	if (!c->ns[NS_MNT].given)
		st->pivot.how = PIVOT_CHROOT;
	else if (f->no_pivot)
		st->pivot.how = PIVOT_MOVE;
	if (c->root_propagation)
		plan_add(p, STEP_PROPAGATION, NULL)->propagation.flags = c->root_propagation;
}
