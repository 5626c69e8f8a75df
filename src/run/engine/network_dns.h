/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "plan/live.h"

/* What the plan must know of a network's name server: whom it asks what it does not know, as the machine does
 * it now (nobody, where the network is internal), and where its directory is. */
void network_dns(struct live *live, struct network_fact *n);
