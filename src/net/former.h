/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "net/lease.h"

/*
 * What the kernel remembers of an address's former owner: by it the new one would get what the other was sent, which no rule
 * looks at any more. Reading the connections costs the kernel a walk through its whole table, milliseconds, however few there
 * are; so it is done once for all addresses that were given back since, not once for each.
 *
 *     given-SUBNET  beside the leases, a bit for each address of it (net/lease_map.h): set for one that has been given since
 *                   connections were read last, or was somebody's then
 *
 * Without the file, as at a network's first start, any address may have had an owner.
 */

/* The address has been taken of that pool: forget its former owner. Where that is to be done, all of the subnet's that
 * nobody has are forgotten with it, but the gateway's. Call it again if it fails. The network is locked, and its bridge is
 * in this network namespace. 0 or -errno, as ports_forget(). */
int former_forget(struct lease_dir *dir, const struct lease_pool *pool, struct ip addr, struct err *e);
