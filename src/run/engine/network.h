/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "plan/build/build.h"
#include "state/state.h"

/* Lock the default bridge network, take a lease in it for live->id, of the address that is wished for if one is, and fill in
 * the network's facts. The lock stays with live->leases until live_close() or lease_unlock(). dry: choose, but take nothing
 * and change nothing. */
int network_probe(struct state *st, struct live *live, const struct spec_network *wish, struct facts *f,
		  bool dry, struct err *e);

/* Take back the leases of all containers that is_alive() denies, and, where none is left, the bridge and what
 * belongs to it: for containers whose plan was never recorded. *swept counts the leases. */
int network_sweep(struct state *st, struct arena *a, bool (*is_alive)(const char *id, void *arg), void *arg,
		  unsigned *swept, struct err *e);

/* Take away what the network's containers share, if there is none left. The network's lock is live's then. */
int network_take_away(struct live *live, struct err *e);

/* Is that still to be done (net/lease.h)? Opens live->leases, if it is. */
bool network_is_leaving(struct live *live);

/* Give the lease back that network_probe() took, if it did: for a plan that was never recorded. */
void network_release(struct live *live, const struct facts *f);
