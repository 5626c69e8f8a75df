/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"

/*
 * What connect and disconnect change of the plan of a container that runs: it becomes what it would be if the container
 * had been started with these networks. Pure. Two more plans are made beside the new one, of the steps that do it.
 *
 *     the network's     behind those of the other networks
 *     cable             the same
 *     inside            behind the last address; where there was none, in the place of the loopback's step
 */

/* A network that the container is on. */
struct attachment {
	const char *dir;  /* of the network's leases: its steps have it (net/lease.h) */
	const char *link; /* the interface inside */
};

/* The one on the network of that name; false: the container isn't on it. */
bool build_attachment(const struct plan *p, const char *network, struct attachment *at);

/* The next one, from the step at *i on, which is moved behind it; false: no more. */
bool build_next_attachment(const struct plan *p, size_t *i, struct attachment *at);

/* What no plan says of ways out. */
struct ways_out {
	struct strv shut; /* networks by which none goes, by their directories */
	/* those upon a link of the host's, of which dir, driver, mode, parent and gateways count */
	struct network_fact *uppers;
	size_t n_uppers;
};

/* f: one network, id and name. A way out that another network is stays there. change: the steps to be applied, of which what is
 * undone takes the cable away, too; new: the plan behind that. */
void build_connect(const struct plan *old, const struct facts *f, struct plan *change, struct plan *new);

/* A way out that is lost goes by the first network that is one. gone: the steps to be undone; moved: those to be applied,
 * which give others the way out; new: the plan behind that. */
void build_disconnect(const struct plan *old, const struct attachment *at, const struct ways_out *ways,
		      struct plan *gone, struct plan *moved, struct plan *new);
