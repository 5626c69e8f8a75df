/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/volume.h"
#include "state/state.h"

/*
 * Volumes, below the data directory:
 *
 *     volumes/NAME/
 *         _data/        what containers have; of --opt type=tmpfs, that is mounted here while the volume is there
 *         volume.json   what it is (spec/volume.h)
 *         fresh         until it is used for the first time,
 *         filling       and while what the root has there is copied into it: STEP_VOLUME (plan/steps/volume.h)
 *     volumes/.new-*, .gone-*    what is just being made, or removed
 *
 * A volume comes and goes by rename(2), so it is there whole or not at all. The directory is locked (flock(2)): shared by
 * who is about to use volumes, until a container is recorded that does; exclusively by who removes some.
 */

/* volumes/: a descriptor, the caller's, locked if `lock` is LOCK_SH or LOCK_EX; make: made first. Code "state"; not make:
 * -ENOENT where there is none, and e as it was. */
int volumes_open(const struct state *st, bool make, int lock, struct err *e);

/* The directory of a volume, from the machine's root. */
const char *volumes_path(const struct state *st, struct arena *a, const char *name);

/* volumes: volumes/, or -1: there is none. -ENOENT "no-volume", -EINVAL "volume-bad". */
int volumes_load(const struct state *st, int volumes, struct arena *a, const char *name, struct volume *v,
		 struct err *e);

/* All of them, by name; one that can't be read is passed over, and *broken counts it. */
int volumes_list(const struct state *st, int volumes, struct arena *a, struct volume **list, size_t *n,
		 unsigned *broken, struct err *e);

/* Make one: v->created is set. -EEXIST "volume-exists". */
int volumes_make(const struct state *st, int volumes, struct volume *v, struct err *e);

/* Was it never used, or only half filled? */
bool volumes_is_fresh(int volumes, const char *name);

/* The bytes of the files that are in it: none where it is a directory of the host. */
uint64_t volumes_size(int volumes, struct arena *a, const char *name);

/* Mount what --opt says on its directory, where it isn't. */
int volumes_mount(const struct state *st, int volumes, struct arena *a, const struct volume *v,
		  struct err *e);

/* Take one away, locked exclusively. Its content goes with volumes_sweep(), which also takes what killed ones left, and
 * needs no lock; where it may be of other ids, by run/engine/volume_sweep.h. */
int volumes_remove(const struct state *st, int volumes, const char *name, struct err *e);
int volumes_sweep(const struct state *st, int volumes, struct err *e);

/* Which volumes containers use, those that run and others: pairs VOLUME, CONTAINER, in the arena, for containers_user(). but: a
 * container's id that does not count, or NULL. Where a record can't be read it is not known: "record-bad". */
int volumes_used(struct state *st, struct arena *a, const char *but, struct strv *pairs, struct err *e);

/* The anonymous volumes of a container that is being removed, as far as no other has them; where that is not known they
 * stay, for `volume prune`. 1: some were taken away, and their content is to be swept. */
int volumes_remove_of(struct state *st, const char *id, struct err *e);
