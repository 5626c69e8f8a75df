/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * The record of a container that runs is written anew when its limits are changed. Its guise, which has
 * the container's lock all the time, has read none of that: so there is a lock for this alone, the file
 * `updated`, and where that file is, the guise waits for the lock when the container has ended, and then
 * undoes what the file says.
 *
 * Whoever has the lock and then finds the container's process alive, may change the record and the
 * cgroups: the guise does not undo them before it has the lock.
 */

/* Take the lock to change the record; a descriptor, which the caller closes to let go of it. -EBUSY
 * "container-busy" after half a minute. */
int record_update_lock(const struct container *c, struct err *e);

/* The same if the record has ever been changed; else -ENOENT. It waits as long. */
int record_update_wait(const struct container *c);

/* A number of HostConfig; 0 where there is none. */
int64_t record_update_number(const char *host_config, const char *key);

/* host_config with what is given of l: JSON, in the arena. NULL is none so far. */
const char *record_update_wish(struct arena *a, const char *host_config, const struct spec_limits *l);
