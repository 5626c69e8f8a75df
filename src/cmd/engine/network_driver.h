/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/network.h"

/* What network create is told of a driver. */

/* --opt NAME=VALUE, by docker's and podman's names: "mode", "parent", "mtu", "com.docker.network.bridge.name", ... A name that
 * means nothing here is refused: "bad-option". */
int network_driver_opts(const struct strv *opts, struct network *n, struct err *e);

/* Does what is said of the network go with its driver, and is its mode one? "bad-network", "bad-mode". */
int network_driver_check(const struct network *n, struct err *e);
