/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/idmap.h"

/*
 * The ids that a user other than root has: root inside is the user outside, and the user's subordinate ids follow from 1 on,
 * where /etc/subuid and /etc/subgid give them any and newuidmap(1) is there; else that one id is all there is. Images are
 * unpacked with them, and containers run with them: so what an image's file belongs to is the same in both.
 */
struct own_ids {
	struct spec_idmap uids, gids; /* the subordinate ones */
	const char *why;              /* there are none, and what to do; NULL: there are */
	const char *uid_map, *gid_map;
};
void own_ids(struct arena *a, struct own_ids *own);

/* Its parts: why there are none (NULL: there are); the row that a file has for a user; whether a program is in PATH. */
const char *own_ids_find(struct arena *a, uint32_t uid, struct spec_idmap *uids, struct spec_idmap *gids);
int own_ids_subid(struct arena *a, const char *file, const char *name, uint32_t uid, struct spec_idmap *map);
bool own_ids_program(const char *name);

/* Take this process, which has one thread, into a mount namespace of its own in which it may mount: a user's into a user namespace,
 * too, with all of these ids. *why: as above; root's: NULL. Code "own-mounts", or what kernel/process/userns.h says. */
int own_ids_mounts(struct arena *a, const char **why, struct err *e);

/* The same for who mounts nothing, and only reads or removes what belongs to these ids: root's process stays where it is. */
int own_ids_reach(struct arena *a, struct err *e);
