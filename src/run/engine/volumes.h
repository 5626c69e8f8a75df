/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"
#include "state/state.h"

/*
 * The volumes that a container is to have, its own and those of --volumes-from, before its plan: each gets its name, its source, and whether it is yet to be
 * filled, in the spec. make: those that are missing are made, and a tmpfs is mounted; else it is only said what would be.
 *
 * *lock: a descriptor, the caller's, by which no volume is removed until it is closed: when the container is recorded as
 * one that has them. -1: it has none.
 */
int volumes_prepare(struct state *st, struct arena *a, const char *id, struct spec *s, bool make, int *lock,
		    struct err *e);
