/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What connects the containers of a network: a bridge of guise's own, or links upon one of the host's, its parent, beside
 * which they are on that one's LAN. Pure: words, and what the kernel calls them.
 */
enum network_driver { DRIVER_BRIDGE, DRIVER_MACVLAN, DRIVER_IPVLAN, DRIVER_COUNT };

/* As an option says it, and as the kernel calls the kind of link. */
extern const char *const driver_name[DRIVER_COUNT];

/* -EINVAL: there is none of that name. */
int driver_find(const char *name, enum network_driver *driver);

/* A way of its working: "private", "vepa", "bridge", "passthru" of macvlan; "l2", "l3", "l3s" of ipvlan. */
struct driver_mode {
	enum network_driver driver;
	const char *name;
	uint32_t number;  /* IFLA_MACVLAN_MODE, IFLA_IPVLAN_MODE */
	bool parents_mac; /* the container's link has its parent's MAC address */
	bool without_arp; /* nobody is asked for MAC addresses: the parent's host routes what leaves */
};

/* NULL: the driver has none of that name; a name that is NULL: the one that it has by itself. */
const struct driver_mode *driver_mode(enum network_driver driver, const char *name);

/* The same by the driver's name. */
const struct driver_mode *driver_mode_named(const char *driver, const char *name);

/* For an option: 0, or -EINVAL "bad-mode", which says what there is. */
int driver_mode_check(enum network_driver driver, const char *name, struct err *e);
