/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/cgroups_path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"

static int bad(struct err *e, const char *path, const char *why)
{
	return err_set(e, "bad-cgroups-path", EINVAL, "use cgroupsPath %s", path), err_cause(e, "%s", why);
}

static const char *name_fault(const char *name, size_t n)
{
	if (n > NAME_MAX)
		return "a part of it is too long";
	if (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')))
		return "it must be written without . and .., which could lead out of the hierarchy";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 127)
			return "it has a control character";
	return NULL;
}

/* ---- a path ---- */

static int path_parse(struct arena *a, const char *path, struct cgroups_path *out, struct err *e)
{
	struct str clean = { .arena = a };
	const char *fault;
	size_t last = 0;

	out->absolute = *path == '/';
	for (const char *p = path; *(p += strspn(p, "/")); p += strcspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if ((fault = name_fault(p, n)))
			return bad(e, path, fault);
		last = clean.len;
		str_add(&clean, "/");
		str_addn(&clean, p, n);
	}
	if (!clean.len)
		return bad(e, path, "it names no cgroup below the top");
	if (clean.len >= PATH_MAX / 2)
		return bad(e, path, "it is too long");
	out->parent = last ? arena_strndup(a, clean.p, last) : "/";
	out->name = clean.p + last + 1;
	return 0;
}

/* ---- systemd ---- */

/* What systemd takes in a unit's name (systemd.unit(5)). */
static bool is_unit_name(const char *s)
{
	return *s &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") ==
		       strlen(s) &&
	       strlen(s) < NAME_MAX;
}

/* "a-b.slice" lies in "/a.slice/a-b.slice" (systemd.slice(5)); "-.slice" is the top. NULL: it is no such
 * name. */
static const char *slice_path(struct arena *a, const char *slice)
{
	struct str path = { .arena = a };
	size_t n;

	if (!is_unit_name(slice) || !str_ends_in(slice, ".slice"))
		return NULL;
	if (str_eq(slice, "-.slice"))
		return "/";
	n = strlen(slice) - strlen(".slice");
	for (size_t i = 1; i <= n; i++) {
		if (slice[i - 1] == '-' && (i == 1 || slice[i] == '-' || i == n))
			return NULL;
		if (i < n && slice[i] != '-')
			continue;
		str_add(&path, "/");
		str_addn(&path, slice, i);
		str_add(&path, ".slice");
	}
	return path.p;
}

static int systemd_parse(struct arena *a, const char *path, const char *id, bool user,
			 struct cgroups_path *out, struct err *e)
{
	const char *slice = "", *prefix = "guise-oci", *name = id;

	if (path) {
		const char *one = strchr(path, ':'), *two = one ? strchr(one + 1, ':') : NULL;

		if (!two || strchr(two + 1, ':'))
			return bad(e, path, "with the systemd driver it has the form slice:prefix:name"),
			       err_hint(e, "leave --systemd-cgroup out for a path of the cgroup file system");
		slice = arena_strndup(a, path, one - path);
		prefix = arena_strndup(a, one + 1, two - one - 1);
		name = two + 1;
	}
	out->slice = *slice ? slice : user ? "user.slice" : "system.slice";
	out->unit = str_ends_in(name, ".slice") ?
			    name :
			    arena_printf(a, "%s%s%s.scope", prefix, *prefix ? "-" : "", name);
	if (!(out->parent = slice_path(a, out->slice)))
		return bad(e, path, "its first part is not the name of a slice, as machine.slice");
	if (!*name || !is_unit_name(out->unit))
		return bad(e, path ?: id,
			   "its prefix and name cannot be a unit's name: letters, digits and :-_.\\@");
	if (str_ends_in(name, ".slice") && !(out->parent = slice_path(a, out->unit)))
		return bad(e, path, "its last part is not the name of a slice");
	out->name = out->unit;
	if (str_ends_in(name, ".slice"))
		out->parent = arena_strndup(a, out->parent, strrchr(out->parent, '/') - out->parent);
	if (!*out->parent)
		out->parent = "/";
	out->absolute = true;
	return 0;
}

int cgroups_path_parse(struct arena *a, const char *path, const char *id, bool systemd, bool user,
		       struct cgroups_path *out, struct err *e)
{
	*out = (struct cgroups_path){ 0 };
	if (path && !*path)
		path = NULL;
	if (systemd)
		return systemd_parse(a, path, id, user, out, e);
	return path_parse(a, path ?: arena_printf(a, "guise-oci/%s", id), out, e);
}
