/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Names that end up in paths, in the kernel and on terminals: by pattern, never by list of the bad.
 * All return 0 or -EINVAL with e filled, but for name_path(). */

/* A container's name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 253 characters (docker's pattern; a file
 * name of 255 with room for two more). */
int name_container(const char *name, struct err *e);

/* A volume's, the same. "bad-volume-name". */
int name_volume(const char *name, struct err *e);

/* A host name: labels of [a-zA-Z0-9_-], not at the edge a dash, 63 at most each, dots between;
 * 64 in all (sethostname(2)). */
int name_hostname(const char *name, struct err *e);

/* The name of a host or domain that is looked up: the same labels, 253 in all (RFC 1035). */
int name_host(const char *name, struct err *e);

/* NAME of NAME=VALUE pairs that guise keeps for people, such as --label: no blank, no control. */
int name_label(const char *pair, struct err *e);

/* An absolute path with "//" and "/./" taken out and no slash at the end; NULL where `path` is not
 * absolute or has a ".." in it, which means nothing before the root is known. */
const char *name_path(struct arena *a, const char *path);

/* A --cgroup-parent: "a/b", of [a-zA-Z0-9_.:@-] and not dots alone; slashes at its ends are cut.
 * The result is in *path. */
int name_cgroup(struct arena *a, const char *text, const char **path, struct err *e);
