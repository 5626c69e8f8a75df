/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"

/* Room for the path of a state directory that network_path() can say. */
enum { NETWORK_PATH = 116 };

/* The path of the state directory, also of one that was removed; NULL where it is too long for a mark. */
const char *network_path(int rundir, char path[NETWORK_PATH]);

/* Whose a network's bridge is (net/bridge.h), for a person to read: its name, and the state directory by its path, or, where that
 * is long or would have to be quoted somewhere, by its number. That of the machine's guise is not named. The arena's. */
const char *network_mark(int rundir, struct arena *a, const char *name);
