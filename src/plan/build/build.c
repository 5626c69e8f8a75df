/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Spec and facts → plan: the order of everything.
 *
 *   HOST   cgroups and limits; the shared part of the network; clone; what needs the new process: its
 *          id maps, v1 cgroups, the veth pair born in its namespace
 *   INIT   joined namespaces; the root and its mounts; [wait for HOST]; what depends on HOST's part:
 *          cgroup namespace and mount, addresses; covers; the change of roots; limits, user,
 *          capabilities, filter; the command
 *
 * INIT mounts while HOST makes the veth pair, so the wait is as late as it can be. In a user namespace it
 * comes first: before its ids are mapped the process may do nothing.
 */
#include "plan/build/build.h"

#include <linux/sched.h>
#include <sys/mount.h>

#include "plan/build/parts.h"

static void build_process(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st = plan_add(p, STEP_PROCESS,
				   "the container's first process, in namespaces of its own");
	uint64_t flags = CLONE_NEWNS;

	for (int i = 0; i < NS_COUNT; i++)
		if (s->ns[i].mode == NS_MODE_NEW && i != NS_CGROUP && i != NS_USER)
			flags |= ns_flag[i];
	if (f->userns && !f->join_user)
		flags |= CLONE_NEWUSER;
	st->process.flags = flags;
	st->process.cgroup = f->home;
	st->process.moved = f->home && !f->cgroups.v2;
	st->process.join_pid = f->ns_path[NS_PID];
	st->process.join_user = f->join_user;
	st->process.at = f->userns ? f->scratch : NULL;
}

static void build_wait(struct plan *p, const char *what)
{
	plan_add(p, STEP_WAIT, NULL)->wait.what = what;
}

static void build_joins(struct plan *p, const struct spec *s, const struct facts *f)
{
	for (int i = 0; i < NS_COUNT; i++) {
		if (!f->ns_path[i] || i == NS_PID)
			continue;
		parts_join(p, (enum ns_kind)i, f->ns_path[i]);
	}
}

static void build_isolation(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->ns[NS_UTS].mode == NS_MODE_NEW)
		plan_add(p, STEP_HOSTNAME, NULL)->hostname.name = s->hostname ?
									  s->hostname :
									  arena_strndup(p->arena, f->id, 12);
	for (size_t i = 0; i < s->sysctls.n; i++) {
		struct step *st = plan_add(p, STEP_SYSCTL, NULL);
		const char *equals = __builtin_strchr(s->sysctls.v[i], '=');

		st->sysctl.name = arena_strndup(p->arena, s->sysctls.v[i], equals - s->sysctls.v[i]);
		st->sysctl.value = equals + 1;
	}
}

/* The ids mapped, guise's uid means somebody else inside: become the namespace's root first. */
static void build_userns_root(struct plan *p, const struct facts *f)
{
	struct step *st = plan_add(p, STEP_USER, "root of the user namespace, to make the rest of it");

	st->user.keep_groups = f->single_id;
	st->user.keep_caps = true;
}

int plan_build(struct plan *p, const struct spec *s, const struct facts *f, struct err *e)
{
	/* what INIT puts the root together of, HOST sends it; else both work at the same time */
	bool late = !f->userns && !f->image_erofs.n;
	int r = build_limits(p, s, f, e);

	if (r < 0)
		return r;
	build_network_host(p, s, f);
	build_names_host(p, s, f);
	if (f->ids_size) {
		struct step *st = plan_add(p, STEP_IDS, NULL);

		st->ids.first = f->ids_first;
		st->ids.size = f->ids_size;
	}
	build_process(p, s, f);
	if (f->userns && !f->join_user) {
		struct step *st = plan_add(p, STEP_IDMAP, "which ids of the host the container's ids are");

		st->idmap.uid = f->uid_map;
		st->idmap.gid = f->gid_map;
		st->idmap.by_helper = f->map_by_helper;
	}
	build_trees(p, f);
	build_limits_join(p, s, f);
	build_network_link(p, s, f);
	build_ports(p, f);

	if (!late)
		build_wait(p, f->userns ? "id maps, cgroups, network" : "layers, cgroups, network");
	plan_add(p, STEP_SESSION, NULL);
	if (f->userns)
		build_userns_root(p, f);
	build_joins(p, s, f);
	build_root(p, s, f);
	if (late)
		build_wait(p, "cgroups, network");
	parts_affinity(p);
	if (s->ns[NS_CGROUP].mode == NS_MODE_NEW)
		plan_add(p, STEP_CGROUP_NS, NULL);
	build_root_cgroup(p, s, f);
	build_network_guard(p, s, f);
	build_isolation(p, s, f);
	build_network_inside(p, s, f);
	build_root_end(p, s, f);
	build_security(p, s, f);
	return 0;
}
