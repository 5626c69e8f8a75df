/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Config and facts → plan: the order of everything for a bundle (runtime.md, "Lifecycle"; config.md).
 *
 *   HOST   cgroups and limits; clone; what needs the new process: its id maps, v1 cgroups, oom score
 *   INIT   joined namespaces; the root, its mounts and devices [waits for HOST before the first that depends on
 *          HOST's part: in a user namespace at once, else before the cgroup mount]; [the hooks of HOST]; names and
 *          kernel parameters; the hook createContainer; covers; the change of roots; limits, user, capabilities;
 *          [waits for start]; the hook startContainer; filter; the command
 *
 * Kernel parameters come before the covers, since /proc/sys is usually covered read-only.
 */
#include "plan/build/oci/oci.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>

#include "plan/build/oci/parts.h"
#include "plan/build/parts.h"

bool oci_new_ns(const struct oci_config *c, enum ns_kind ns)
{
	return c->ns[ns].given && !c->ns[ns].path;
}

bool oci_in_userns(const struct oci_config *c)
{
	return c->ns[NS_USER].given;
}

bool oci_host_reaches_further(const struct oci_config *c, const struct oci_facts *f)
{
	return oci_in_userns(c) && f->privileged;
}

bool oci_born_at_root(const struct oci_config *c)
{
	return oci_in_userns(c) && oci_new_ns(c, NS_MNT);
}

void oci_wait(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind == STEP_WAIT)
			return;
	plan_add(p, STEP_WAIT, NULL)->wait.what = "id maps, cgroups, trees";
}

/* ---- namespaces ---- */

/* Then STEP_TIME_NS makes the time namespace. */
static bool has_offsets(const struct oci_config *c)
{
	return oci_new_ns(c, NS_TIME) && (c->monotonic.given || c->boottime.given);
}

static void add_process(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st = plan_add(p, STEP_PROCESS,
				   "the container's first process, in namespaces of its own");
	uint64_t flags = 0;

	for (int i = 0; i < NS_COUNT; i++)
		if (oci_new_ns(c, i) && i != NS_CGROUP && !(i == NS_TIME && has_offsets(c)))
			flags |= ns_flag[i];
	st->process.flags = flags;
	st->process.cgroup = build_oci_birth(f);
	st->process.shared = true;
	st->process.join_pid = c->ns[NS_PID].path;
	st->process.join_user = c->ns[NS_USER].path;
	st->process.at = oci_born_at_root(c) ? f->place : NULL;
	if (!f->uid_map)
		return;
	st = plan_add(p, STEP_IDMAP, "which ids of the host the container's ids are");
	st->idmap.uid = f->uid_map;
	st->idmap.gid = f->gid_map;
	st->idmap.by_helper = f->map_by_helper;
}

static void add_time_ns(struct plan *p, const struct oci_config *c)
{
	struct step *st;

	if (!has_offsets(c))
		return;
	st = plan_add(p, STEP_TIME_NS, NULL);
	st->time_ns.monotonic = c->monotonic.secs;
	st->time_ns.monotonic_ns = c->monotonic.nanosecs;
	st->time_ns.boottime = c->boottime.secs;
	st->time_ns.boottime_ns = c->boottime.nanosecs;
}

static void add_net_devices(struct plan *p, const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_net_devices; i++) {
		struct step *st = plan_add(p, STEP_NET_DEVICE, NULL);

		st->net_device.host = c->net_devices[i].host;
		st->net_device.name = c->net_devices[i].name;
		st->net_device.ns_path = c->ns[NS_NET].path;
	}
}

/* The mount namespace last: the paths of the others, and /proc, are looked up in ours. */
static void add_joins(struct plan *p, const struct oci_config *c)
{
	static const enum ns_kind order[] = { NS_UTS, NS_IPC, NS_NET, NS_CGROUP, NS_TIME, NS_MNT };

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (c->ns[order[i]].path)
			parts_join(p, order[i], c->ns[order[i]].path);
}

static void add_session(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st = plan_add(p, STEP_SESSION, NULL);

	st->session.keep_keyring = f->no_new_keyring;
	st->session.key_label = c->process.selinux;
}

/* ---- names and kernel parameters ---- */

bool oci_has_procfs(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].target, "/proc") && str_eq(c->mounts[i].type, "proc"))
			return true;
	return false;
}

static void add_isolation(struct plan *p, const struct oci_config *c)
{
	if (c->hostname && *c->hostname)
		plan_add(p, STEP_HOSTNAME, NULL)->hostname.name = c->hostname;
	if (c->domainname && *c->domainname)
		plan_add(p, STEP_DOMAINNAME, NULL)->domainname.name = c->domainname;
	if ((c->sysctls.n || c->process.apparmor || c->process.selinux) && !oci_has_procfs(c))
		plan_add(p, STEP_PROCFS, NULL);
	for (size_t i = 0; i < c->sysctls.n; i++) {
		struct step *st = plan_add(p, STEP_SYSCTL, NULL);
		const char *equals = strchr(c->sysctls.v[i], '=');

		st->sysctl.name = arena_strndup(p->arena, c->sysctls.v[i],
						(size_t)(equals - c->sysctls.v[i]));
		st->sysctl.value = equals + 1;
	}
}

/* ---- hooks ---- */

void oci_hooks(struct plan *p, const struct oci_config *c, enum oci_hook_kind when)
{
	bool inside = when == HOOK_CREATE_CONTAINER || when == HOOK_START_CONTAINER;

	for (size_t i = 0; i < c->hooks[when].n; i++) {
		const struct oci_hook *h = &c->hooks[when].list[i];
		struct step *st = plan_add(p, inside ? STEP_HOOK_INSIDE : STEP_HOOK, NULL);

		st->hook.when = oci_hook_name[when];
		st->hook.path = h->path;
		st->hook.args = h->args;
		st->hook.env = h->env;
		st->hook.own_env = !h->env.v;
		st->hook.timeout = h->timeout;
	}
}

/* HOST runs them when INIT has made the mounts and not yet changed the root (config.md, "POSIX-platform
 * Hooks"). */
static void add_host_hooks(struct plan *p, const struct oci_config *c)
{
	if (!c->hooks[HOOK_PRESTART].n && !c->hooks[HOOK_CREATE_RUNTIME].n)
		return;
	plan_add(p, STEP_AWAIT, NULL)->wait.what = "mounts";
	oci_hooks(p, c, HOOK_PRESTART);
	oci_hooks(p, c, HOOK_CREATE_RUNTIME);
	plan_add(p, STEP_TELL, NULL)->wait.what = "mounts";
}

/* ---- all of it ---- */

int plan_build_oci(struct plan *p, const struct oci_config *c, const struct oci_facts *f, struct err *e)
{
	int r = build_oci_limits(p, c, f, e);

	if (r < 0)
		return r;
	build_oci_rdt(p, c, f);
	add_process(p, c, f);
	build_oci_limits_join(p, c, f);
	build_oci_rdt_join(p, c, f);
	add_net_devices(p, c);
	if (c->has_process)
		parts_rlimits(p, STEP_HOST_RLIMIT, c->process.rlimits, c->process.n_rlimits);
	build_oci_trees(p, c, f);
	if (oci_in_userns(c))
		oci_wait(p);
	/* before STEP_SESSION hides the process: what is hidden may not write to its own timens_offsets,
	 * unless as the machine's root */
	add_time_ns(p, c);
	add_session(p, c, f);
	if (oci_in_userns(c)) {
		struct step *st = plan_add(p, STEP_USER,
					   "root of the user namespace, to make the rest of it");

		st->user.keep_groups = f->single_id;
		st->user.keep_caps = true;
	}
	add_joins(p, c);
	if (oci_new_ns(c, NS_NET))
		plan_add(p, STEP_LOOPBACK, NULL);
	build_oci_root(p, c, f);
	oci_wait(p);
	parts_affinity(p);
	add_host_hooks(p, c);
	add_isolation(p, c);
	oci_hooks(p, c, HOOK_CREATE_CONTAINER);
	build_oci_root_end(p, c, f);
	if (c->has_process)
		build_oci_command(p, c, f);
	else if (f->wait_for_start) /* runtime.md: only start needs a process */
		plan_add(p, STEP_START, NULL);
	return 0;
}
