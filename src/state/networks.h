/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/network.h"
#include "state/state.h"

/*
 * The networks that persons defined, which outlive the boot: a file each below the data directory, networks/NAME.json
 * (spec/network.h). Whoever defines or removes one has the directory locked (flock(2)); a file is written whole and
 * renamed into place. What such a network has in the kernel is made with its first container, and goes with its last one.
 */

/* Lock them all, until *lock is closed by the caller. Makes the directory. */
int networks_lock(struct state *st, int *lock, struct err *e);

/* The machine's own prefix of IPv6, a /48 (RFC 4193), of which networks have their /64s: made by chance when it is first
 * asked for, and kept in networks/prefix6. Locked. */
int networks_prefix(struct state *st, struct ip *prefix, struct err *e);

/* -ENOENT "no-network", which names those there are. */
int networks_load(struct state *st, struct arena *a, const char *name, struct network *n, struct err *e);

/* All of them, by name; one whose file can't be read is passed over, and *broken counts it. */
int networks_list(struct state *st, struct arena *a, struct network **list, size_t *count, unsigned *broken,
		  struct err *e);

/* -EEXIST "network-exists". Locked. */
int networks_save(struct state *st, const struct network *n, struct err *e);
int networks_remove(struct state *st, const char *name, struct err *e);
