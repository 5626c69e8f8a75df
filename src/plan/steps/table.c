/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/step.h"

#include "plan/steps/steps.h"

static const struct step_ops *const table[] = {
	[STEP_CGROUP] = &step_cgroup,
	[STEP_CGROUP_SET] = &step_cgroup_set,
	[STEP_CGROUP_DEVICES] = &step_cgroup_devices,
	[STEP_CGROUP_JOIN] = &step_cgroup_join,
	[STEP_CGROUP_ENTER] = &step_cgroup_enter,
	[STEP_CGROUP_OWNER] = &step_cgroup_owner,
	[STEP_SCOPE] = &step_scope,
	[STEP_RDT_GROUP] = &step_rdt_group,
	[STEP_RDT_JOIN] = &step_rdt_join,
	[STEP_OOM_SCORE] = &step_oom_score,
	[STEP_HOST_AFFINITY] = &step_host_affinity,
	[STEP_AFFINITY] = &step_affinity,
	[STEP_SCHEDULER] = &step_scheduler,
	[STEP_IO_PRIORITY] = &step_io_priority,
	[STEP_MEMORY_POLICY] = &step_memory_policy,
	[STEP_PROCESS] = &step_process,
	[STEP_IDS] = &step_ids,
	[STEP_IDMAP] = &step_idmap,
	[STEP_TREE] = &step_tree,
	[STEP_WAIT] = &step_wait,
	[STEP_JOIN_NS] = &step_join_ns,
	[STEP_AWAIT] = &step_await,
	[STEP_TELL] = &step_tell,
	[STEP_CGROUP_NS] = &step_cgroup_ns,
	[STEP_TIME_NS] = &step_time_ns,
	[STEP_PERSONALITY] = &step_personality,
	[STEP_HOSTNAME] = &step_hostname,
	[STEP_DOMAINNAME] = &step_domainname,
	[STEP_PROCFS] = &step_procfs,
	[STEP_SYSCTL] = &step_sysctl,
	[STEP_MADE] = &step_made,
	[STEP_PROPAGATION] = &step_propagation,
	[STEP_FILES] = &step_files,
	[STEP_ROOT] = &step_root,
	[STEP_FILE] = &step_file,
	[STEP_VOLUME] = &step_volume,
	[STEP_MOUNT] = &step_mount,
	[STEP_DEVICE] = &step_device,
	[STEP_SYMLINK] = &step_symlink,
	[STEP_DIRECTORY] = &step_directory,
	[STEP_CONSOLE] = &step_console,
	[STEP_MASK] = &step_mask,
	[STEP_READONLY] = &step_readonly,
	[STEP_PIVOT] = &step_pivot,
	[STEP_REMOUNT] = &step_remount,
	[STEP_HOOK] = &step_hook,
	[STEP_HOOK_INSIDE] = &step_hook_inside,
	[STEP_NET_DEVICE] = &step_net_device,
	[STEP_LOOPBACK] = &step_loopback,
	[STEP_SESSION] = &step_session,
	[STEP_WORKDIR] = &step_workdir,
	[STEP_RLIMIT] = &step_rlimit,
	[STEP_HOST_RLIMIT] = &step_host_rlimit,
	[STEP_BOUNDING] = &step_bounding,
	[STEP_USER] = &step_user,
	[STEP_CAPS] = &step_caps,
	[STEP_LABEL] = &step_label,
	[STEP_START] = &step_start,
	[STEP_NO_NEW_PRIVS] = &step_no_new_privs,
	[STEP_SECCOMP] = &step_seccomp,
	[STEP_EXEC] = &step_exec,
};

_Static_assert(ARRAY_LEN(table) == STEP_COUNT, "every kind of step has its operations");

/* Not in an executable without a network of its own (guise-oci): there the kinds of step_network are
 * unknown, and libmnl is not linked. */
const struct step_ops *step_ops(enum step_kind kind)
{
	return table[kind] ? table[kind] : step_network[kind];
}

bool step_mounts(const struct step *s, size_t n, struct mounted *m)
{
	const struct step_ops *ops = step_ops(s->kind);

	return ops->mounts && ops->mounts(s, n, m);
}

bool step_makes_place(const struct step *s, struct mounted *m)
{
	return step_mounts(s, 0, m) && m->place != PLACE_LEFT;
}

const char *step_cgroup_path(const struct step *s, enum step_on_cgroup what)
{
	const struct step_ops *ops = step_ops(s->kind);

	return ops->on_cgroup == what ? *(const char *const *)((const char *)s + ops->cgroup) : NULL;
}

const char *step_network_dir(const struct step *s)
{
	size_t at = step_ops(s->kind)->network;
	const char *dir = at ? *(const char *const *)((const char *)s + at) : NULL;

	return dir && *dir ? dir : NULL;
}

int step_kind_of(const char *name)
{
	for (int i = 0; i < STEP_COUNT; i++)
		if (step_ops(i) && str_eq(step_ops(i)->name, name))
			return i;
	return -1;
}
