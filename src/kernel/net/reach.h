/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Is an address reached, from the network namespace that the caller is in? Only what the kernel does with a packet counts.
 * The first one may be lost while a link comes up, or a neighbour is asked for, so echo requests are sent again; after a
 * second and a bit it is given up.
 */

enum { REACH_BYTES_MAX = 65000 };

/* By an echo request of so many bytes behind its header. It is whole: what is too large for a link on the way is lost. */
bool reach_echo(const struct sockaddr_in *to, size_t bytes);

/* By a connection of TCP. */
bool reach_connect(const struct sockaddr_in *to);
