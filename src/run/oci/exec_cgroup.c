/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/exec_cgroup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Does the list "cpu,cpuacct" have the name of n bytes? */
static bool has_name(const char *list, const char *name, size_t n)
{
	for (const char *p = list; p && *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strcspn(p, ",") == n && strncmp(p, name, n) == 0)
			return true;
	return false;
}

/* The controllers of the v1 hierarchy that a cgroup lies in; NULL: it lies in the unified one. */
static const char *names_of(const struct cgroup_layout *l, const char *cgroup)
{
	for (unsigned i = 0; i < l->n_v1; i++) {
		const char *rest = str_after(cgroup, l->v1[i].base);

		if (rest && *rest == '/')
			return l->v1[i].names;
	}
	return NULL;
}

/* The container's cgroup in each of its hierarchies. */
static struct strv cgroups_of(struct arena *a, const struct plan *container)
{
	struct strv list = { 0 };

	for (size_t i = 0; i < container->count; i++) {
		const char *cgroup = step_cgroup_path(&container->steps[i], CGROUP_ENTERED);

		if (cgroup)
			strv_push(a, &list, cgroup);
	}
	return list;
}

/* A cgroup that has to be there, in the place of the container's. */
static int replace(struct arena *a, const char *from, const char *below, bool must_exist,
		   struct oci_exec_wish *w, struct err *e)
{
	const char *to = arena_printf(a, "%s/%s", from, below + (*below == '/'));

	if (access(to, F_OK) < 0)
		return must_exist ? err_set(e, "cgroup-none", errno, "use --cgroup %s", to) : 0;
	strv_push(a, &w->cgroups, from);
	strv_push(a, &w->cgroups, to);
	return 0;
}

static int replace_all(struct arena *a, const struct cgroup_layout *l, const char *below,
		       struct oci_exec_wish *w, struct err *e)
{
	struct strv cgroups = cgroups_of(a, w->container);
	int r = 0;

	for (size_t i = 0; r == 0 && i < cgroups.n; i++)
		r = replace(a, cgroups.v[i], below, names_of(l, cgroups.v[i]) || !l->n_v1, w, e);
	return r;
}

static int replace_one(struct arena *a, const struct cgroup_layout *l, const char *name, size_t n,
		       const char *below, struct oci_exec_wish *w, struct err *e)
{
	struct strv cgroups = cgroups_of(a, w->container);

	for (size_t i = 0; i < cgroups.n; i++)
		if (has_name(names_of(l, cgroups.v[i]), name, n))
			return replace(a, cgroups.v[i], below, true, w, e);
	err_set(e, "cgroup-no-controller", EINVAL, "use --cgroup %.*s:%s", (int)n, name, below);
	return err_cause(e, "the container is in no hierarchy of cgroup v1 with that controller");
}

static int obey(struct arena *a, const struct cgroup_layout *l, const char *wish, struct oci_exec_wish *w,
		struct err *e)
{
	const char *colon = strchr(wish, ':'), *below = colon ? colon + 1 : wish;
	int r = 0;

	if (str_eq(below, "/") || !*below)
		return 0;
	if ((r = cgroup_parent_check(below, e)) < 0)
		return err_prefix(e, "--cgroup");
	if (!colon)
		return replace_all(a, l, below, w, e);
	for (const char *name = wish; r == 0 && name < colon; name += strcspn(name, ",:") + 1)
		r = replace_one(a, l, name, strcspn(name, ",:"), below, w, e);
	return r;
}

int oci_exec_cgroups(struct arena *a, const struct strv *wishes, struct oci_exec_wish *w, struct err *e)
{
	struct cgroup_layout l;
	int r;

	if (!wishes->n)
		return 0;
	if (!cgroups_of(a, w->container).n)
		return err_set(e, "cgroup-none", EINVAL, "use --cgroup %s", wishes->v[0]),
		       err_cause(e, "the container has none");
	if ((r = cgroup_probe(a, 0, &l, e)) < 0)
		return r;
	cgroup_probe_every(a, &l);
	for (size_t i = 0; r == 0 && i < wishes->n; i++)
		r = obey(a, &l, wishes->v[i], w, e);
	return r;
}
