/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * A device of ours given to a container (config-linux.md, "Network Devices"): moved into its network
 * namespace, named anew, set up, with the permanent addresses of global scope that it had here. In `name`
 * one %d stands for the first number that makes it unique there. What fails half-way is moved back.
 *
 * The process enters the namespace: it is to be one that ends. -ENODEV, -EEXIST "device-taken".
 */
int device_move(const char *link, const char *ns_path, const char *name, struct err *e);
