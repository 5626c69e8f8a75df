/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "spec/spec.h"

/*
 * A volume: a directory that outlives its containers, by a name. Text → checked model, and its file. Pure. Where it is,
 * and how it is made, is state/volumes.h.
 */
struct volume {
	const char *name;
	int64_t created;     /* seconds since 1970; 0: not known */
	bool anonymous;      /* of one container, and gone with it: `-v /path`, or Volumes of an image */
	struct strv labels;  /* NAME=VALUE */
	const char *type;    /* --opt type=: "tmpfs", or "none", "bind"; NULL: a directory of guise's own */
	const char *device;  /* device=: of "none" and "bind" the directory of the host that it is */
	const char *options; /* o=: how it is mounted, as in mount(8); NULL: nothing in particular */
};

/* Take a NAME=VALUE of --opt: type, device, o, as docker's driver "local" has them. -EINVAL "bad-volume-option". */
int volume_option(struct volume *v, const char *pair, struct err *e);

/* When all were taken: do they go together? -EINVAL "bad-volume-option". */
int volume_check(struct arena *a, const struct volume *v, struct err *e);

/* How what was asked for is mounted: type "bind", its source and what o says, where --opt says that; else nothing is
 * changed. Whatever the mount asks for itself stays: read-only, nosuid, ... are those of both. Of a tmpfs: data. */
int volume_mount(struct arena *a, const struct volume *v, struct spec_mount *m, struct err *e);

/* The name of a container's anonymous volume at that path inside: the same at each start, and of nobody else's. All of a
 * container's begin with volume_prefix() letters of its id. */
enum { VOLUME_PREFIX = 48, VOLUME_ANONYMOUS = 64 };
const char *volume_anonymous(struct arena *a, const char *id, const char *target);
bool volume_is_of(const char *name, const char *id);

/* Its file, JSON, and back: -EINVAL "volume-bad" where the text is none. The name is not in it. */
void volume_write(const struct volume *v, struct str *out);
int volume_parse(struct arena *a, const char *text, size_t len, struct volume *v, struct err *e);
