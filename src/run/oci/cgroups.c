/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/cgroups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "spec/oci/cgroups_path.h"

/* What follows base in path, a directory; NULL if it isn't below it. */
static const char *below(const char *path, const char *base)
{
	const char *rest = str_after(path, base);

	return rest && (*rest == '/' || !*rest) ? rest : NULL;
}

/* The nearest directory above path that exists. */
static const char *nearest(struct arena *a, const char *path)
{
	char *at = arena_strdup(a, path);

	while (access(at, F_OK) < 0 && strrchr(at, '/') != at)
		*strrchr(at, '/') = '\0';
	return at;
}

/*
 * An absolute cgroupsPath starts at the mount, also for a user who can make cgroups only further down. So it
 * is below what was delegated to them, which then is the base; or somewhere else that they may write; or
 * none.
 */
static void place_absolute(struct arena *a, const struct cgroups_path *path, struct oci_facts *f)
{
	struct cgroup_layout *l = &f->cgroups;
	const char *parent = str_eq(path->parent, "/") ? "" : path->parent;
	const char *full = arena_printf(a, "%s%s", l->v2_mount, parent),
		   *rest = l->v2 ? below(full, l->v2) : NULL;

	if (rest) {
		f->cgroup_parent = *rest ? rest : "/";
		return;
	}
	full = nearest(a, full);
	l->v2 = access(full, W_OK) == 0 ? l->v2_mount : NULL;
	l->v2_denied = l->v2 ? NULL : full;
	for (int c = 0; c < CG_COUNT; c++)
		if (l->at[c].held == CG_IN_V2)
			l->at[c].base = l->v2;
}

/* Who we are outside of the user namespace that we may be in (user_namespaces(7)). */
static unsigned host_uid(void)
{
	char text[4096];
	unsigned inside, outside, size, uid = geteuid();

	if (io_read_small(-1, "/proc/self/uid_map", text, sizeof(text)) <= 0)
		return uid;
	for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (sscanf(line, "%u %u %u", &inside, &outside, &size) == 3 && uid - inside < size)
			return outside + (uid - inside);
	return uid;
}

/* A user's systemd has all of its units below a cgroup of its own: that of the service it is. */
static int place_user(struct arena *a, struct oci_facts *f, struct err *e)
{
	struct cgroup_layout *l = &f->cgroups;
	unsigned uid = host_uid();
	const char *manager = arena_printf(a, "/user.slice/user-%u.slice/user@%u.service", uid, uid);

	if (!l->v2_mount)
		return err_set(e, "cgroup-none", ENODEV, "have systemd make a cgroup for user %u", uid),
		       err_cause(e, "only cgroup v2 can be delegated to users");
	l->v2 = l->v2_mount;
	l->v2_denied = NULL;
	for (int c = 0; c < CG_COUNT; c++)
		if (l->at[c].held == CG_IN_V2)
			l->at[c].base = l->v2;
	f->cgroup_parent = arena_printf(a, "%s%s", manager,
					str_eq(f->cgroup_parent, "/") ? "" : f->cgroup_parent);
	f->home = cgroup_home(a, l, f->cgroup_parent, f->cgroup_name);
	return 0;
}

static int probe_place(struct arena *a, const struct oci_config *c, enum oci_manager manager,
		       struct oci_facts *f, struct err *e)
{
	struct cgroup_layout *l = &f->cgroups;
	struct cgroups_path path;
	int r = cgroups_path_parse(a, c->cgroups_path, f->id, manager == OCI_SYSTEMD, !f->privileged, &path,
				   e);

	if (r < 0)
		return r;
	f->cgroup_parent = path.parent;
	f->cgroup_name = path.name;
	f->scope = path.unit;
	f->slice = path.slice;
	if (path.unit && !f->privileged)
		return place_user(a, f, e);
	if (!f->privileged && path.absolute && l->v2_mount)
		place_absolute(a, &path, f);
	/* v1 cannot be delegated */
	if (f->privileged || l->v2) {
		f->home = cgroup_home(a, l, f->cgroup_parent, f->cgroup_name);
		cgroup_probe_missing(a, l, f->cgroup_parent);
	}
	return 0;
}

/* Nor may root write where cgroups are mounted read-only: in a container with the machine's cgroups. */
static void drop_readonly(struct arena *a, struct oci_facts *f)
{
	struct cgroup_layout *l = &f->cgroups;
	unsigned n = 0;

	if (f->home && access(nearest(a, f->home), W_OK) < 0)
		f->home = NULL;
	for (unsigned i = 0; i < l->n_v1; i++)
		if (access(l->v1[i].base, W_OK) == 0)
			l->v1[n++] = l->v1[i];
	l->n_v1 = n;
}

static int no_cgroup(const struct oci_facts *f, struct err *e)
{
	err_set(e, "cgroup-denied", EACCES, "make a cgroup for container %s", f->id);
	return err_hint(e, "run as root, or in a delegated cgroup, or without --rootless false");
}

int oci_probe_cgroups(struct arena *a, const struct oci_config *c, enum oci_manager manager,
		      enum oci_rootless rootless, struct oci_facts *f, struct err *e)
{
	bool can_lack = rootless == OCI_ROOTLESS_TRUE || (rootless == OCI_ROOTLESS_AUTO && !f->privileged);
	unsigned need = limits_oci_need(&c->limits);
	int r = cgroup_probe(a, need | (f->privileged ? CG_BIT(CG_DEVICES) : 0), &f->cgroups, e);

	f->limits = (struct limits_facts){ .cg = &f->cgroups,
					   .cpus = 1,
					   .page_size = (unsigned)sysconf(_SC_PAGESIZE) };
	if (r < 0)
		return can_lack || manager == OCI_DISABLED ? 0 : r;
	cgroup_probe_every(a, &f->cgroups);
	if (!f->privileged)
		f->cgroups.n_v1 = 0;
	if (manager == OCI_DISABLED || (r = probe_place(a, c, manager, f, e)) < 0)
		return r;
	if (f->privileged && can_lack && !f->scope)
		drop_readonly(a, f);
	return f->home || can_lack ? 0 : no_cgroup(f, e);
}
