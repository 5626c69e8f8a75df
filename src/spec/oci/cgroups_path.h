/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * linux.cgroupsPath of a config.json: where a container's cgroup lies (config-linux.md, "Cgroups Path").
 *
 *     /a/b/c             parent "/a/b", name "c", from the mount of each hierarchy on
 *     a/b/c              the same, from where this user's cgroups start: for root, the mount as well
 *     (not given)        "guise-oci/ID", relative
 *
 * and for the systemd driver, as runc has it:
 *
 *     slice:prefix:name  the unit "prefix-name.scope" in that slice, or the slice "name" if that ends so
 *
 * A path with "..", which would lead elsewhere, is an error, and so are control characters.
 */
struct cgroups_path {
	const char *parent, *name; /* parent begins with '/' and does not end in one, or is "/" */
	bool absolute;
	const char *slice, *unit; /* systemd driver; else NULL */
};

/* path NULL: not given. user: for a user's systemd, where the slice by default is user.slice. */
int cgroups_path_parse(struct arena *a, const char *path, const char *id, bool systemd, bool user,
		       struct cgroups_path *out, struct err *e);
