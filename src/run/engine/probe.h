/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "state/state.h"

/*
 * Find out what a plan for this spec depends on: the host's cgroups, the user's numbers in the root's own
 * passwd, devices, ids for a user namespace, namespaces to join. Looks only at what the spec needs, since
 * it is on the way of every start. Changes nothing, but marks a container whose namespace is to be joined.
 * The network's facts are run/engine/network.c's.
 *
 * The spec may be changed where only the host can say what was meant: user namespace and network of a
 * user without privilege.
 */
int probe(struct state *st, struct arena *a, const char *id, struct spec *s, struct facts *f, struct err *e);
