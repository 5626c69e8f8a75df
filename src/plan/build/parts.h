/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/mount.h>

#include "plan/plan.h"
#include "spec/limits.h"

/* What a plan of guise run and a plan for a bundle are both made of. */

enum { PARTS_SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* A mount whose source is the name of its type; attr: MOUNT_ATTR_*. */
struct step *parts_mount(struct plan *p, const char *type, const char *target, uint64_t attr,
			 const char *data);

/* A tree that HOST sends; returns its number among them, from 1 on, for mount.tree. */
uint64_t parts_tree(struct plan *p, const char *source, const char *mnt_ns, bool idmap, bool recursive);

/* A value for a file of that cgroup. */
struct step *parts_cgroup_set(struct plan *p, const char *dir, const struct limit_write *w);

void parts_symlink(struct plan *p, const char *path, const char *to);

/* Where a hierarchy is named "cpu,cpuacct", hosts have links "cpu" and "cpuacct" to it. */
void parts_cgroup_links(struct plan *p, const char *target, const char *name);

/* The devices and links that every container has (config-linux.md, "Default Devices"). bind: the host's nodes
 * are bound, where none may be made. */
void parts_default_devices(struct plan *p, bool bind);

/* A namespace that is entered. */
void parts_join(struct plan *p, enum ns_kind ns, const char *path);

/* The place of a mount that a tree used in place lacks, from `top` on. */
void parts_made(struct plan *p, const char *root, const struct mounted *m, const char *top);

/* kind: STEP_RLIMIT or STEP_HOST_RLIMIT. */
void parts_rlimits(struct plan *p, enum step_kind kind, const struct spec_rlimit *rlimits, size_t n);

/* A setting of the container's kernel, and one of a link's in it: net.FAMILY.conf.LINK.NAME. */
void parts_sysctl(struct plan *p, const char *note, const char *name, const char *value);
void parts_link_sysctl(struct plan *p, const char *note, const char *family, const char *link,
		       const char *name, const char *value);

/* In its cgroups: all processors that those have, whichever guise was started on. A process keeps what it
 * was born with there (Linux 6.2). */
void parts_affinity(struct plan *p);
