/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* The three ways to say a mount on the command line, with docker's grammar and defaults. Each fills *m
 * from the arena, or returns -EINVAL with e filled ("bad-mount", "bad-mount-option", "no-volumes").
 *
 * A bind mount is recursive and, where it is read-only, so are the mounts below it (docker 25; the
 * kernel can since 5.12). Targets are absolute, without "..", and never "/".
 */

/* --volume SRC:DST[:OPTIONS]; ro rw, [r]shared [r]slave [r]private, bind rbind, [no]suid [no]dev [no]exec;
 * z and Z (SELinux labels) and docker's consistency words are taken and mean nothing here. A SRC that
 * begins with a dot is taken from `cwd`; one without a slash is a named volume, which guise has not. */
int mount_parse_volume(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e);

/* --mount type=bind|tmpfs,source=,target=,readonly,...; fields as in comma separated values. */
int mount_parse_fields(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e);

/* --tmpfs DST[:OPTIONS]; rw,noexec,nosuid,nodev unless OPTIONS say otherwise; size= mode= uid= gid=
 * nr_inodes= are the kernel's (tmpfs(5)). */
int mount_parse_tmpfs(struct arena *a, const char *text, struct spec_mount *m, struct err *e);

/* Put parents before children, otherwise keeping the order. Two mounts with one target: -EINVAL
 * "duplicate-mount". */
int mount_sort(struct spec_mount *mounts, size_t n, struct err *e);
