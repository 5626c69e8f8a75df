/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "kernel/net/ip.h"

/*
 * A port of the host that nobody else shall listen at: a socket is bound to it, which hears nothing. As long as that is
 * open, who binds another one there, or listens, gets EADDRINUSE, whatever options it sets.
 */

/* "tcp", "udp", "sctp"; "?" for another. And back, in letters of either case: 0 for none. */
const char *port_proto(uint64_t proto);
uint8_t port_proto_of(const char *name);

/* Bind a socket to that port of the address, which is "any" where all of its bytes are 0; *port 0: to one that is free,
 * which it then is. A descriptor (O_CLOEXEC), or -errno: -EADDRINUSE "port-taken", -EADDRNOTAVAIL "no-address", -EACCES.
 * *fd -1 and success: the kernel has nothing of that protocol, so that nobody can listen. */
int port_hold(struct ip at, uint8_t proto, unsigned *port, int *fd, struct err *e);

/* A process that has a socket bound there, or where one of the two addresses is "any", as far as /proc tells: its pid and, in
 * comm, its name; 0: none is known. It looks through the files of all processes: for an error, not for a search. */
enum { PORT_COMM = 16 };
pid_t port_holder(struct ip at, uint8_t proto, unsigned port, char comm[static PORT_COMM]);
