/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * Remove the layer of a container that has ended. In one of a user it may hold directories of their
 * subordinate ids, or closed ones, which they may not touch themselves: those are removed in a user
 * namespace with the maps of its last run. The container's record is there still, so that it can be tried
 * again.
 */
int layer_remove(const struct container *c, const struct record *r, struct err *e);
