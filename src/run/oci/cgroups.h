/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"

/* --cgroup-manager, --systemd-cgroup: who makes the container's cgroup. */
enum oci_manager {
	OCI_CGROUPFS, /* guise-oci itself */
	OCI_SYSTEMD,  /* systemd, as a transient scope */
	OCI_DISABLED, /* nobody: the container stays in its runtime's */
};

/* --rootless: may a container be without a cgroup, where none can be made and no limit needs one? */
enum oci_rootless {
	OCI_ROOTLESS_AUTO, /* for a user who is not root, or root in a user namespace */
	OCI_ROOTLESS_TRUE,
	OCI_ROOTLESS_FALSE,
};

/*
 * Find out where the container's cgroups are to be, for facts f with id and privileged already filled in:
 * fills cgroups, limits, cgroup_parent, cgroup_name, home and scope. A caller who may make no cgroup there
 * gets none (home NULL) if `rootless` allows it, as with runc. The plan's builder says whether a limit then
 * cannot be had. Fails for a cgroupsPath that cannot be, and where a cgroup must be and none can.
 */
int oci_probe_cgroups(struct arena *a, const struct oci_config *c, enum oci_manager manager,
		      enum oci_rootless rootless, struct oci_facts *f, struct err *e);
