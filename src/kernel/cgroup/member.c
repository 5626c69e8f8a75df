/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/member.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/fs/mountinfo.h"

/* Has the mount all of "cpu,cpuacct", or the name of "name=systemd"? */
static bool holds(struct arena *a, const struct mountinfo *m, const char *controllers)
{
	const char *name = str_after(controllers, "name=");

	if (name)
		return str_eq(mountinfo_option(a, m, "name"), name);
	for (const char *p = controllers; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (!mountinfo_option(a, m, arena_strndup(a, p, n)))
			return false;
		p += n;
	}
	return true;
}

/* The path inside the hierarchy as one below the mount, which may be of a part of it; NULL: it doesn't lie
 * there. */
static const char *below_mount(struct arena *a, const struct mountinfo *m, const char *path)
{
	const char *rest = str_eq(m->root, "/") ? path : str_after(path, m->root);

	if (!rest || (*rest && *rest != '/'))
		return NULL;
	return arena_printf(a, "%s%s", m->target, str_eq(rest, "/") ? "" : rest);
}

/* "4:memory:/guise/ID", "0::/guise/ID": of v2 */
static bool parse_row(struct arena *a, const struct mountinfo_list *mounts, char *row,
		      struct cgroup_member *m)
{
	char *controllers = strchr(row, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return false;
	*controllers++ = *path++ = '\0';
	m->v2 = !*controllers;
	for (size_t i = 0; i < mounts->n; i++) {
		const struct mountinfo *at = &mounts->v[i];

		if (!str_eq(at->type, m->v2 ? "cgroup2" : "cgroup") ||
		    (!m->v2 && !holds(a, at, controllers)) || !(m->dir = below_mount(a, at, path)))
			continue;
		m->base = at->target;
		return true;
	}
	return false;
}

int cgroup_members(struct arena *a, pid_t pid, struct cgroup_member **list, size_t *n)
{
	enum { TABLE_MAX = 1 << 20 };
	struct mountinfo_list mounts;
	char path[32], *table;
	int r = mountinfo_read_self(a, &mounts);

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (r == 0)
		r = (int)io_read_file(a, AT_FDCWD, path, TABLE_MAX, &table, NULL);
	if (r < 0)
		return r;
	*list = NULL;
	*n = 0;
	for (char *row; (row = strsep(&table, "\n"));) {
		struct cgroup_member m = { 0 };

		if (parse_row(a, &mounts, row, &m))
			arena_push(a, *list, *n, m);
	}
	return 0;
}

bool cgroup_is_within(const char *dir, const char *top)
{
	const char *rest = str_after(dir, top);

	return rest && (!*rest || *rest == '/');
}
