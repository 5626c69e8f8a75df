/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "kernel/net/link.h"

/*
 * A link upon another one (its lower device, in the kernel's words; "parent" to a person): a macvlan, which has a MAC
 * address of its own, or an ipvlan, which has its parent's. Frames go straight from one to the other, whichever network
 * namespaces they are in. Its parent gone, it is gone too; what its namespace does not take along.
 * Source: drivers/net/macvlan.c, drivers/net/ipvlan/ipvlan_main.c; Linux 3.9, 3.19.
 */
struct link_upper {
	const char *name;      /* "eth0" */
	const char *kind;      /* "macvlan", "ipvlan" */
	const char *parent;    /* for the error */
	int lower;             /* its index */
	uint32_t mode;         /* MACVLAN_MODE_*, IPVLAN_MODE_* */
	uint8_t mac[LINK_MAC]; /* zeros: the kernel's choice, which is the parent's of an ipvlan */
	uint32_t mtu;          /* 0: the parent's, which is the most it can have */
	int netns;             /* descriptor of the network namespace where it is born, or -1: */
	pid_t pid;             /* ... that of this process; 0: here */
};

/* Make it, down. It never is anywhere but in its namespace. -EEXIST: the name is taken there; -EOPNOTSUPP "no-driver":
 * the kernel has no such kind; -EBUSY, -EINVAL "parent-busy": its parent carries another kind, is a bridge's port, or is
 * one link's alone. */
int link_add_upper(struct netlink *nl, const struct link_upper *upper, struct err *e);
