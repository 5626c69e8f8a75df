/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * VLANs (IEEE 802.1Q) of a bridge that filters by them, and links upon one VLAN of it. A port is a member of VLANs; one of
 * them is its own, which what comes in without a tag belongs to, and what is sent out without one. Every port, and the
 * bridge itself, begins as a member of VLAN 1, its own.
 * Source: bridge(8), `bridge vlan`; ip-link(8), vlan_filtering; net/bridge/br_vlan.c. A kernel may be built without
 * (CONFIG_BRIDGE_VLAN_FILTERING): then it takes no word of it amiss, but makes no port a member.
 */

enum { VLAN_FIRST = 1, VLAN_LAST = 4094, VLAN_DEFAULT = 1, VLAN_RANGES = 16 };

struct vlan_range {
	uint16_t first, last;
};

/* What a port is a member of. */
struct vlan_port {
	uint16_t own;                          /* 0: VLAN 1 is, as without a word of it */
	bool no_default;                       /* not of VLAN 1 */
	struct vlan_range tagged[VLAN_RANGES]; /* and of these, with a tag */
	size_t n_tagged;
};

/* For batches: make the port that, whatever it was of these. */
void vlan_put_port(struct netlink_batch *b, int index, const char *name, const struct vlan_port *port);

/* For batches: the bridge itself is a member of that VLAN, with a tag. */
void vlan_put_self(struct netlink_batch *b, int index, const char *name, uint16_t vlan);

/* 1 if the port, or the bridge itself, is a member as described, of these at least; 0 if not; -errno. Linux 5.6. */
int vlan_is_port(struct netlink *nl, int index, const struct vlan_port *port, struct err *e);
int vlan_is_self(struct netlink *nl, int index, uint16_t vlan, struct err *e);

/* Make the link upon that VLAN of the link with the index `lower`: down, with that MAC address. -EEXIST when the name is
 * taken, by whatever it is. */
int vlan_add_link(struct netlink *nl, const char *name, int lower, uint16_t vlan, const uint8_t mac[static 6],
		  struct err *e);

/* The error "no-vlans", where a kernel knows none. Returns -EOPNOTSUPP. */
int vlan_none(const char *bridge, struct err *e);
