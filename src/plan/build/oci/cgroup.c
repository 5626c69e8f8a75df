/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A mount of type cgroup: the container's view of its cgroups.
 *
 *     v2          the one hierarchy; its root is the container's cgroup in a cgroup namespace, the host's else (bound)
 *     v1, hybrid  a tmpfs with a directory per hierarchy, as hosts have it: in a cgroup namespace a mount of each,
 *                 whose root is the container's cgroup; else that cgroup alone is bound there
 */
#include <string.h>
#include <sys/mount.h>

#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"

static void add_hierarchy(struct plan *p, const struct oci_config *c, const struct oci_mount *m,
			  const char *type, const char *name, const char *dir, const char *options)
{
	const char *target = arena_printf(p->arena, "%s/%s", m->target, name);
	struct step *st;

	if (c->ns[NS_CGROUP].given) {
		parts_mount(p, type, target, m->attr | m->rec_attr, options);
		return;
	}
	st = parts_mount(p, "bind", target, m->attr | m->rec_attr, NULL);
	st->mount.source = dir;
}

void build_oci_cgroup_mount(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
			    const struct oci_mount *m)
{
	const struct cgroup_layout *l = &f->cgroups;
	uint64_t attr = m->attr | m->rec_attr;
	struct step *st;

	if (l->v2_mount && !l->n_v1) {
		/* without a cgroup namespace of its own a user may not mount it, but what is mounted is
		 * the same */
		st = parts_mount(p, c->ns[NS_CGROUP].given ? "cgroup2" : "bind", m->target, attr, NULL);
		if (c->ns[NS_CGROUP].given)
			return;
		st->mount.source = l->v2_mount;
		/* what the host has mounted below is locked together with it in a user namespace */
		if (oci_in_userns(c) || !f->privileged) {
			st->mount.recursive = true;
			st->mount.rec_attr = attr;
			st->mount.attr = 0;
		}
		return;
	}
	parts_mount(p, "tmpfs", m->target, attr & ~(uint64_t)MOUNT_ATTR_RDONLY, "mode=755,size=64k");
	for (unsigned i = 0; f->home && i < l->n_v1; i++) {
		const char *name = strrchr(l->v1[i].base, '/') + 1;

		add_hierarchy(p, c, m, "cgroup", name,
			      cgroup_path(p->arena, l->v1[i].base, f->cgroup_parent, f->cgroup_name),
			      l->v1[i].names);
		parts_cgroup_links(p, m->target, name);
	}
	if (l->v2 && f->home)
		add_hierarchy(p, c, m, "cgroup2", "unified", f->home, NULL);
	if (attr & MOUNT_ATTR_RDONLY) {
		st = plan_add(p, STEP_REMOUNT, NULL);
		st->remount.path = m->target;
		st->remount.attr = MOUNT_ATTR_RDONLY;
	}
}
