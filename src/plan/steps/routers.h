/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/target.h"

/*
 * A host that forwards IPv6 is a router, and believes no other (Documentation/networking/ip-sysctl.rst, accept_ra): the
 * default route that it learned from one's advertisements goes when forwarding is switched on. So before that, the links
 * that such a route leads to get accept_ra 2, "believe routers although we are one"; which they were is kept as files
 * net/NAMESPACE/.accept-ra-LINK of the state directory, by which they get 1 again when forwarding goes.
 *
 * `network`: the directory of a network's leases there (net/lease.h).
 */

/* Before forwarding is on. */
int routers_keep(struct live *live, const char *network, struct err *e);

/* Those that were kept and are not any more get accept_ra 2 again. */
int routers_restore(struct live *live, const char *network, struct err *e);

/* A link whose routers are not believed any more, or NULL. */
const char *routers_lost(struct target *t, const char *network);

/* When forwarding is off again. What somebody else has changed since stays. */
void routers_release(struct live *live, const char *network);
