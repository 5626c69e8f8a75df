/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/limits.h"

/* The parts of plan_build_oci(), each in a file of its own, in the order that plan/build/oci/oci.c
 * explains. */

/* A new namespace of that kind is asked for. */
bool oci_new_ns(const struct oci_config *c, enum ns_kind ns);

/* The configuration mounts a procfs at /proc. */
bool oci_has_procfs(const struct oci_config *c);

/* The container has a user namespace that is not the runtime's. */
bool oci_in_userns(const struct oci_config *c);

/* It has, and the runtime has privilege over the host, that INIT has not. */
bool oci_host_reaches_further(const struct oci_config *c, const struct oci_facts *f);

/* Its first process is born at the root file system's place, which it might not get to
 * (plan/steps/root.c). */
bool oci_born_at_root(const struct oci_config *c);

/* INIT waits here for HOST's part, unless it has already. */
void oci_wait(struct plan *p);

/* Hooks of one list, as steps of who runs them: HOST or INIT. */
void oci_hooks(struct plan *p, const struct oci_config *c, enum oci_hook_kind when);

/* plan/build/oci/root.c: HOST's trees for INIT; root, mounts and devices; covers and the change of roots */
void build_oci_trees(struct plan *p, const struct oci_config *c, const struct oci_facts *f);
void build_oci_root(struct plan *p, const struct oci_config *c, const struct oci_facts *f);
void build_oci_root_end(struct plan *p, const struct oci_config *c, const struct oci_facts *f);

/* plan/build/oci/cgroup.c: a mount of type cgroup */
void build_oci_cgroup_mount(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
			    const struct oci_mount *m);

/* plan/build/oci/rdt.c: the group; the process in it */
void build_oci_rdt(struct plan *p, const struct oci_config *c, const struct oci_facts *f);
void build_oci_rdt_join(struct plan *p, const struct oci_config *c, const struct oci_facts *f);

/* plan/build/oci/command.c: what the command may do, and the command */
void build_oci_command(struct plan *p, const struct oci_config *c, const struct oci_facts *f);
