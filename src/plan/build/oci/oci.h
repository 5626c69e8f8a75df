/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroup.h"
#include "kernel/seccomp/seccomp.h"
#include "plan/plan.h"
#include "spec/limits.h"
#include "spec/oci/oci.h"

/* What a bind mount's source was when the plan was made. */
struct oci_source {
	bool is_file, is_missing; /* missing: an earlier mount may bring it */
	const char *link_to;      /* copy-symlink: it is a symbolic link, with this text; NULL: it is none */
};

/* What a plan for a bundle depends on beside its config: found out by run/oci/probe.c, made up by tests. */
struct oci_facts {
	const char *id;      /* the container's, as the caller of the runtime chose it */
	const char *root;    /* absolute path of the root file system; resolved */
	uint64_t root_mount; /* the id of the mount that it lies on, in the runtime's mount namespace */
	const char *scratch; /* empty directory for what needs a place in a mount namespace of its own */
	const char *place;   /* where the root is mounted, in its own: on itself, or on scratch */
	bool privileged;     /* over the host: root, and in no user namespace */
	uint64_t caps_held;  /* what can be given at all */

	struct cgroup_layout cgroups;
	struct limits_facts limits; /* limits.cg points at cgroups */
	const char *cgroup_parent,
		*cgroup_name; /* where in each hierarchy: "/machine.slice", "libpod-1.scope" */
	const char *home;     /* its home cgroup; NULL: none (--cgroup-manager disabled, or none to be had) */
	const char *scope;    /* systemd driver: the unit's name; NULL: cgroupfs */
	const char *slice;    /* and the slice it lies in */

	const char *resctrl; /* intelRdt: where that file system is mounted, */
	bool resctrl_group;  /* and whether the group is there already */

	const char *uid_map,
		*gid_map; /* of a new user namespace, lines "INSIDE OUTSIDE SIZE"; NULL: none is made */
	bool map_by_helper, single_id;

	struct strv own_env;   /* what the process's environment has beside: LISTEN_FDS and such */
	const char *user_home; /* for HOME, unless env has it: from the root's /etc/passwd; NULL: not set */
	const struct seccomp_filter *seccomp; /* the compiled profile; NULL: none */
	struct oci_source *sources;           /* one per mount */
	bool sysfs_denied; /* the network namespace is not its user namespace's: there can be no sysfs of it */
	const char **device_hosts; /* one per device that is bound: its node on the host */

	bool no_pivot, no_new_keyring;
	unsigned preserve_fds; /* descriptors from 3 on that the command inherits; LISTEN_FDS' included */
	bool wait_for_start;   /* create: INIT waits for start before it executes the command */
	bool die_with_runtime; /* run in the foreground */
};

/* Its devices cannot be made, and are bound to those of the host instead. */
bool oci_binds_devices(const struct oci_config *c, const struct oci_facts *f);

/* Config and facts → the whole plan, in p's arena. Pure: the same input gives the same plan. */
int plan_build_oci(struct plan *p, const struct oci_config *c, const struct oci_facts *f, struct err *e);
