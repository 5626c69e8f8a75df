/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one part of a config.json needs of another. All that fails here would otherwise change the machine
 * that the runtime runs on, or fail in the middle of a start. */
#include <string.h>

#include "base/str.h"
#include "spec/oci/parts.h"
#include "spec/sysctl.h"

/* The container has a namespace of this kind that is not the runtime's own. (A path may lead to the runtime's
 * own all the same: that is found when it is opened.) */
static void need_ns(struct json_reader *r, const struct oci_config *c, enum ns_kind kind, const char *key)
{
	if (!c->ns[kind].given)
		json_fail(r, key, "needs a namespace of the container's own (%s)", oci_ns_type[kind]);
}

static void need_new_ns(struct json_reader *r, const struct oci_config *c, enum ns_kind kind, const char *key)
{
	need_ns(r, c, kind, key);
	if (c->ns[kind].path)
		json_fail(r, key, "cannot be set in the %s namespace at %s, only in a new one",
			  oci_ns_type[kind], c->ns[kind].path);
}

/* Without one the runtime's is inherited (config-linux.md, "Namespaces"), but a user namespace has no right
 * to mount anything there. */
static void need_mount_ns(struct json_reader *r, const struct oci_config *c)
{
	if (!c->ns[NS_USER].given)
		return;
	if (c->n_mounts)
		need_ns(r, c, NS_MNT, "mounts");
	if (c->root_readonly)
		need_ns(r, c, NS_MNT, "root.readonly");
	if (c->root_propagation)
		need_ns(r, c, NS_MNT, "linux.rootfsPropagation");
	if (c->masked.n)
		need_ns(r, c, NS_MNT, "linux.maskedPaths");
	if (c->readonly.n)
		need_ns(r, c, NS_MNT, "linux.readonlyPaths");
}

static void check_sysctls(struct json_reader *r, struct oci_config *c)
{
	for (size_t i = 0; i < c->sysctls.n; i++) {
		const char *name = arena_strndup(r->arena, c->sysctls.v[i], strcspn(c->sysctls.v[i], "="));
		const char *pair = sysctl_dotted(r->arena, c->sysctls.v[i]);
		enum ns_kind kind = pair ? sysctl_ns(pair) : NS_COUNT;

		if (!pair)
			json_fail(r, "linux.sysctl", "%s is not the name of a kernel parameter", name);
		else if (str_after(pair, "kernel.hostname="))
			json_fail(r, "linux.sysctl", "kernel.hostname: use \"hostname\"");
		else if (kind == NS_COUNT)
			json_fail(r, "linux.sysctl", "%s belongs to the whole machine, not to a namespace",
				  name);
		else
			need_ns(r, c, kind, arena_printf(r->arena, "linux.sysctl.%s", name));
		c->sysctls.v[i] = pair;
	}
}

static void check_user_ns(struct json_reader *r, const struct oci_config *c)
{
	const struct oci_namespace *user = &c->ns[NS_USER];
	bool maps = c->n_uid_map || c->n_gid_map;

	if (user->given && !user->path && (!c->n_uid_map || !c->n_gid_map))
		json_fail(r, c->n_uid_map ? "linux.gidMappings" : "linux.uidMappings",
			  "missing: a new user namespace needs it");
	if (maps && !user->given)
		json_fail(r, c->n_uid_map ? "linux.uidMappings" : "linux.gidMappings",
			  "needs a namespace of the container's own (user)");
	/* "If there are no uidMappings and gidMappings specified and the container isn't using user
	 * namespaces, an error MUST be returned" */
	for (size_t i = 0; i < c->n_mounts; i++)
		if (c->mounts[i].idmap && str_after(c->mounts[i].type, "cgroup"))
			json_fail(r, arena_printf(r->arena, "mounts[%zu].options", i),
				  "no kernel maps the owners of cgroups (idmap)");
		else if (c->mounts[i].idmap && !c->mounts[i].n_uid_map && !user->given)
			json_fail(r, arena_printf(r->arena, "mounts[%zu].options", i),
				  "idmap needs uidMappings and gidMappings, or a user namespace");
}

/* `resources` and `cgroupsPath` are names of files in the kernel: nothing to check before the host is known.
 */
void oci_check(struct json_reader *r, struct oci_config *c)
{
	if (r->failed)
		return;
	if (c->hostname)
		need_ns(r, c, NS_UTS, "hostname");
	if (c->domainname)
		need_ns(r, c, NS_UTS, "domainname");
	check_user_ns(r, c);
	if (c->monotonic.given || c->boottime.given)
		need_new_ns(r, c, NS_TIME, "linux.timeOffsets");
	if (c->n_net_devices)
		need_ns(r, c, NS_NET, "linux.netDevices");
	need_mount_ns(r, c);
	check_sysctls(r, c);
}
