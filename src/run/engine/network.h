/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "plan/build/build.h"
#include "state/state.h"

/* Lock the container's networks, take leases in them for live->id, in the first one of the address that is
 * wished for if one is, and fill in their facts. The locks stay with live->networks until live_close() or
 * live_unlock_networks(). dry: choose, but take nothing and change nothing. */
int network_probe(struct state *st, struct live *live, const struct spec_network *wish, struct facts *f,
		  bool dry, struct err *e);

/* The name of the host's end of a container's n-th cable, from 0 on: fifteen bytes at most, as links have it. */
const char *network_cable(struct arena *a, const char *id, size_t n);

/* Take back the leases of all containers that is_alive() denies, and, where none is left, the bridge and what
 * belongs to it: for containers whose plan was never recorded. *swept counts the leases. */
int network_sweep(struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg), void *arg,
		  unsigned *swept, struct err *e);

/* The same of one network in this network namespace; it stays locked, and no other. */
int network_sweep_of(struct live *live, const char *name, bool (*is_alive)(const char *id, void *arg), void *arg,
		     struct err *e);

/* Take away what the network's containers share, if there is none left. Its lock is live's then, and *n in
 * live. */
int network_take_away(struct live *live, const char *dir, struct live_network **n, struct err *e);

/* Is that still to be done (net/lease.h), of one in this network namespace? Then it is opened, and
 * leaving. */
void network_find_leaving(struct live *live);

/* Give the leases back that network_probe() took, if it did: for a plan that was never recorded. */
void network_release(struct live *live, const struct facts *f);
