/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "net/lease.h"
#include "plan/build/build.h"
#include "plan/live.h"
#include "spec/network.h"

/* Facts of a network that lies upon a link of the host's (spec/driver.h). */

/* Its parent is there and up; *n gets driver, mode, parent, and the MAC address that the mode dictates, if it does. wish: the
 * container's, of which a MAC address may be refused ("bad-mac"). */
int network_parent(struct live *live, const struct network *def, const struct spec_attachment *wish,
		   struct network_fact *n, struct err *e);

/* The address that was leased may be this host's own, which lies on the same LAN: then it is given back, and the next one
 * taken, or, where it was wanted, "address-taken". leases NULL: none was, and none is. */
int network_pass_over(struct live *live, struct lease_dir *leases, const struct lease_pool *pool,
		      struct ip wanted, struct ip *addr, struct err *e);
