/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root file system of a bundle and what lies in it (config.md, "Root", "Mounts"; config-linux.md, "Devices",
 * "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths"). */
#include <string.h>
#include <sys/mount.h>

#include "plan/build_oci_parts.h"
#include "plan/build_parts.h"

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
	return str_eq(m->type, "tmpfs") && ((m->attr | m->rec_attr) & MOUNT_ATTR_RDONLY);
}

/* ---- root ---- */

/* Does anything want to hear of mounts that the host makes later? */
static bool wants_slave(const struct oci_config *c)
{
	bool slave = c->root_propagation & (MS_SLAVE | MS_SHARED);

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
	st->root.at = f->scratch;
	if (slave && !(c->root_propagation & (MS_SLAVE | MS_SHARED)))
		st->root.propagation = MS_REC | MS_PRIVATE;
}

/* ---- mounts ---- */

/* A bind mount that shall pass mounts on to the host is copied by HOST, from where nothing was cut off. */
static uint64_t shared_tree(struct plan *p, const struct oci_mount *m)
{
	return is_bind(m) && (m->propagation & MS_SHARED) ? parts_tree(p, m->source, NULL, false, m->recursive) : 0;
}

static void add_mount(struct plan *p, const struct oci_config *c, const struct oci_facts *f, size_t i)
{
	const struct oci_mount *m = &c->mounts[i];
	uint64_t later = is_readonly_later(m) ? MOUNT_ATTR_RDONLY : 0, tree = shared_tree(p, m);

	if (tree)
		oci_wait(p);
	struct step *st = parts_mount(p, m->type, m->target, m->attr & ~later, m->data);

	if (m->source)
		st->mount.source = m->source;
	st->mount.attr_clear = m->attr_clear;
	st->mount.rec_attr = m->rec_attr & ~later;
	st->mount.rec_attr_clear = m->rec_attr_clear;
	st->mount.recursive = m->recursive;
	st->mount.propagation = m->propagation;
	if (is_bind(m) && !m->propagation && wants_slave(c))
		st->mount.propagation = MS_REC | MS_PRIVATE;
	st->mount.copy_up = m->copy_up;
	/* a link in the image's place of /proc would let it choose what is written through it */
	st->mount.real_directory = str_eq(m->type, "proc") || str_eq(m->type, "sysfs");
	st->mount.file = f->mount_is_file && f->mount_is_file[i];
	st->mount.tree = tree;
}

/* ---- devices ---- */

static bool binds_dev(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, "/dev") && is_bind(&c->mounts[i]))
			return true;
	return false;
}

static void add_devices(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool bind = f->uid_map || !f->privileged;

	if (binds_dev(c))
		return; /* the host's /dev has what it has */
	parts_default_devices(p, bind);
	parts_symlink(p, "/dev/core", "/proc/kcore");
	for (size_t i = 0; i < c->n_devices; i++) {
		const struct oci_device *d = &c->devices[i];
		struct step *st = plan_add(p, STEP_DEVICE, NULL);

		st->device.path = st->device.host = d->path;
		st->device.type = d->type;
		st->device.major = d->major;
		st->device.minor = d->minor;
		st->device.mode = d->has_mode ? d->mode : 0666;
		st->device.uid = d->uid;
		st->device.gid = d->gid;
		st->device.bind = bind;
	}
}

void build_oci_root(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool new_cgroup_ns = oci_new_ns(c, NS_CGROUP);

	add_root(p, c, f);
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (is_cgroup(&c->mounts[i])) {
			oci_wait(p);
			if (new_cgroup_ns)
				plan_add(p, STEP_CGROUP_NS, NULL);
			new_cgroup_ns = false;
			build_oci_cgroup_mount(p, c, f, &c->mounts[i]);
		} else {
			add_mount(p, c, f, i);
		}
	}
	add_devices(p, c, f);
	if (new_cgroup_ns) {
		oci_wait(p);
		plan_add(p, STEP_CGROUP_NS, NULL);
	}
}

/* ---- the end ---- */

static void add_console(struct plan *p, const struct oci_config *c)
{
	struct step *st = plan_add(p, STEP_CONSOLE, NULL);

	st->console.uid = c->process.uid;
	st->console.mount = !binds_dev(c);
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
	if (c->root_readonly)
		plan_add(p, STEP_REMOUNT, NULL)->remount.attr = MOUNT_ATTR_RDONLY;
}

void build_oci_root_end(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (c->has_process && c->process.tty)
		add_console(p, c);
	add_covers(p, c);
	plan_add(p, STEP_PIVOT, "from here on the host's files are out of reach");
	if (c->root_propagation)
		plan_add(p, STEP_PROPAGATION, NULL)->propagation.flags = c->root_propagation;
}
