/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/*
 * Neighbours: which MAC address an address has on a link, and by which port of a bridge a MAC address is
 * reached. Both are learned from what neighbours say, who may lie, unless they are said here. For batches.
 */

enum { NEIGH_MAC = 6 };

/* addr has that MAC address on the link, whatever is heard by ARP or neighbour discovery. In place of what was known. */
void neigh_put(struct netlink_batch *b, int index, const char *link_name, struct ip addr,
	       const uint8_t mac[NEIGH_MAC]);
/* The same in that state (NUD_*). */
void neigh_put_state(struct netlink_batch *b, int index, const char *link_name, struct ip addr,
		     const uint8_t mac[NEIGH_MAC], uint16_t state);
/* Forget it. Absent is fine. */
void neigh_put_delete(struct netlink_batch *b, int index, const char *link_name, struct ip addr);

/* The bridge that the link is a port of reaches that MAC address by it: in that VLAN; 0: in all of the port's. */
void neigh_put_port(struct netlink_batch *b, int index, const char *link_name, const uint8_t mac[NEIGH_MAC],
		    uint16_t vlan);

/* Whether that was said of addr, or of a port, and stands: 1 or 0, or -errno. Linux 5.0. */
int neigh_is_port(struct netlink *nl, int index, const uint8_t mac[NEIGH_MAC], uint16_t vlan, struct err *e);
int neigh_is(struct netlink *nl, int index, struct ip addr, const uint8_t mac[NEIGH_MAC], struct err *e);
