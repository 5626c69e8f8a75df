/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "plan/live.h"

/* Further bridges of a network that has more containers than a bridge has ports: doc/decisions/19, net/further.h. */

/* Of a container whose addresses are taken: n gets the further bridge that it is on, if it is. The network is locked; where one
 * is to be made, the namespace is from then on, too. about: names that others are about to have, to which its is added.
 * -EXFULL "bridge-full" where the first has no port for the cable. */
int network_further(struct live *live, struct network_fact *n, struct strv *about, struct err *e);

/* For undo: the steps of all further ones of n, also of what is left of one that was deleted, or never finished. */
int network_add_furthers(struct live *live, struct plan *p, struct network_fact *n, struct err *e);
