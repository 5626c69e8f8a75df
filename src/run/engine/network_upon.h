/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "kernel/net/netlink.h"
#include "spec/network.h"

/* Defining a network upon a link of the host's (spec/driver.h): what a person left open is chosen. Its parent: the link of
 * the default route; its mode; of each subnet the gateway: the host's own one, if it lies there. Subnets may be those of the
 * host. "no-subnet" without any, and what net/parent.h says. */
int upon_complete(struct netlink *nl, struct arena *a, struct network *n, struct err *e);
