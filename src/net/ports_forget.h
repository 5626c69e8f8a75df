/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "net/ports.h"

/* Delete what the kernel remembers of connections to these ports of the host, wherever they led, and of those from and to
 * the container's address: whoever had that before is gone. Connections that only pass the host, to the same port
 * elsewhere, stay. */
int ports_forget_connections(const struct ports_range *range, struct err *e);
