/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "plan/build/build.h"
#include "state/state.h"

/*
 * Which ports of the host lead to a container: chosen, and held, before there is a plan. Each is held by a socket that is
 * bound to it (kernel/net/port.h): live's, and so that of the guise which stays with the container; it is what makes two
 * of them, in whatever state directories, never take the same. The firewall's map (net/ports.h) is asked as well: with a
 * port of guise-cni's no process stays, and its element is all that there is.
 */

/* Can they be published at all? Known without a network. A sentence for whoever starts it goes into f->notes. */
int publish_check(struct arena *a, const struct spec *s, struct facts *f, struct err *e);

/* Choose and hold them (those that pasta passes on only while they are chosen, since it binds them itself), and fill in f->ports. The container's networks are known (network_probe()). dry: as they would be
 * now, but nothing is held. -EADDRINUSE "port-taken", and who has it; "no-address"; "no-ports". */
int publish_probe(struct state *st, struct live *live, const struct spec *s, struct facts *f, bool dry,
		  struct err *e);
