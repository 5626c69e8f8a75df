/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "cmd/rows.h"
#include "state/images.h"

/* What the commands of images have in common. */

/* The store, as it is: `images` is -1 where there is none yet, else the caller's. lock: LOCK_SH or LOCK_EX. */
int show_open(struct call *call, struct state *st, int *images, int lock, struct err *e);

/* A name to be given: a short one is one of this machine's, as podman has it. -EINVAL "bad-reference". */
int show_new_name(struct call *call, const char *text, struct reference *name, struct err *e);

/* Repository and Tag of a row: of "docker.io/library/alpine:3", or "...@sha256:...", or NULL, what is before the tag, and it. */
void show_name(struct arena *a, json_object *row, const char *text);

/* A time of an image's configuration, as "3 weeks ago"; what is no time is "N/A". */
const char *show_since(struct arena *a, const char *time);

/* 12 digits of a digest, or all of it. */
const char *show_id(struct arena *a, const char *digest, bool whole);
