/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* The three ways to say a mount on the command line, with docker's grammar and defaults. Each fills *m
 * from the arena, or returns -EINVAL with e filled ("bad-mount", "bad-mount-option", "bad-volume-name").
 *
 * A bind mount is recursive and, where it is read-only, so are the mounts below it (docker 25; the
 * kernel can since 5.12). Targets are absolute, without "..", and never "/".
 */

/* --volume [SRC:]DST[:OPTIONS]; ro rw, [r]shared [r]slave [r]private, bind rbind, [no]suid [no]dev [no]exec;
 * z and Z (SELinux labels) and docker's consistency words are taken and mean nothing here. A SRC that
 * begins with a dot is taken from `cwd`; one without a slash is the name of a volume, [no]copy its option; without a SRC
 * it is an anonymous one. */
int mount_parse_volume(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e);

/* An anonymous volume at that path: -v DST, and an image's Volumes, whatever letters are in it. */
int mount_parse_target(struct arena *a, const char *target, struct spec_mount *m, struct err *e);

/* --mount type=bind|tmpfs|volume,source=,target=,readonly,...; fields as in comma separated values. */
int mount_parse_fields(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e);

/* --tmpfs DST[:OPTIONS]; rw,noexec,nosuid,nodev unless OPTIONS say otherwise; size= mode= uid= gid=
 * nr_inodes= are the kernel's (tmpfs(5)). */
int mount_parse_tmpfs(struct arena *a, const char *text, struct spec_mount *m, struct err *e);

/* The options of a volume (spec/volume.h), as mount(8) takes them: those of --tmpfs, or of a bind mount, go into what *m
 * is already. */
int mount_parse_options(struct arena *a, const char *type, const char *options, struct spec_mount *m,
			struct err *e);

/* Put parents before children, otherwise keeping the order. Two mounts with one target: -EINVAL
 * "duplicate-mount". */
int mount_sort(struct spec_mount *mounts, size_t n, struct err *e);
