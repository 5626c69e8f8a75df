/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "plan/live.h"

/*
 * Other firewalls: chains that drop what a network of guise's sends and gets (kernel/net/nft_drops.h). A network that is
 * made for that (guise network create --firewall-compat) is let through there; of any other it is said in one note, when
 * its bridge is about to be made, so that no other start asks.
 */

/* n->pass, of a network that is to be let through; not by iptables-legacy, which is told of. 0 or -errno. */
int network_pass(struct live *live, struct network_fact *n, struct err *e);

/* A sentence more in f->notes, where something drops. What can't be found out is nothing. */
void network_pass_note(struct live *live, const struct network_fact *n, struct facts *f);
