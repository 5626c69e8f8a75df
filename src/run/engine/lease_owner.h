/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Is the container with that id, to which a lease belongs, still there? It is as long as its guise lives, or its first
 * process, as the record names it by pid and start time. A lease_alive (net/lease.h); arg: struct state. */
bool lease_owner_is_alive(const char *id, void *arg);
