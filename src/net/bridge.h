/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/addr.h"
#include "kernel/net/link.h"
#include "kernel/net/netlink.h"
#include "spec/spec.h"

/*
 * The bridge of a network. It is shared by the network's containers, so it is *ensured*, by whoever comes,
 * and deleted by the last one to go, both under the network's lock (see net/lease.h). nl is a
 * NETLINK_ROUTE socket.
 *
 * Whose is it? A bridge with `mark` as its alias is ours; any other link of that name is a stranger's, and
 * is neither used nor changed. rtnetlink can neither make a link with an alias nor stop a batch where the
 * name turns out to be taken, so making one takes two requests:
 *
 *     1. make it, down, without alias; the answer is its index
 *     2. by that index: the address, then alias and up
 *
 * Killed in between, a process leaves a bridge that is down, has no alias, but the MAC address that
 * subnet_mac() gives a gateway: such an unfinished one is ours to throw away, if it has a name that guise
 * gives (docker's have such addresses, too: one that a person named stays). Up and marked, a bridge is
 * complete, and that is all there is to look at on the way to start a container.
 *
 * A link upon a VLAN gets its bridge's MAC address, as one that a person makes has by itself. So it is made
 * with another, of its mark alone, and gets the bridge's in the second request: down, without alias and with
 * that address it is unfinished.
 */

/* What every mark begins with: the bridge's alias, and the comment of its elements in the firewall. What
 * follows is the network's name, and which state directory it belongs to, so that each has a bridge of its
 * own: "guise network bridge of /tmp/mine". */
#define BRIDGE_MARK "guise network"

/* The longest, with its NUL: a comment of nf_tables (kernel/net/nft.h). */
enum { BRIDGE_MARK_SIZE = 128 };

/* What guise-cni's cables begin with. */
#define BRIDGE_CABLE "gc"

/* How many subnets a network can have. */
enum { BRIDGE_SUBNETS = 4 };

struct bridge {
	const char *name;                /* "guise0" */
	const char *mark;                /* "guise network bridge" */
	struct ip addrs[BRIDGE_SUBNETS]; /* its own addresses, one of each subnet: 10.10.0.1/24; or none */
	size_t n_addrs;
	uint32_t mtu;     /* 0: the kernel's default */
	bool promiscuous; /* it takes every frame */
	bool filters;     /* by VLANs */
	/* Not a bridge, but the link upon that VLAN of a bridge that filters: by it the host is in the VLAN, and has the
	 * addresses of its gateway. NULL: a bridge */
	const char *upon;
	uint16_t vlan;
};

struct bridge_place {
	char name[IFNAMSIZ];
	bool there;
	struct ip subnets[BRIDGE_SUBNETS];  /* if it is there */
	struct ip gateways[BRIDGE_SUBNETS]; /* its own address in each of them */
	size_t n_subnets;
	uint32_t mtu;
};

/* The links that bridges are: guise0, guise1, ... */
enum { BRIDGES_MAX = 16 };

/* Find the bridge with that mark; where there is none, say by which name one can be made: `name`, or, where
 * that is NULL, the first one that no link has, and none of `taken` (NULL: nothing), which are about to be
 * made. Another state directory's bridge is passed over; a stranger's guise0 is an error, code
 * "bridge-taken". */
int bridge_find(struct netlink *nl, struct arena *a, const char *name, const char *mark,
		const struct strv *taken, struct bridge_place *place, struct err *e);

/* The bridge with that mark, whatever its name; name is empty where there is none. All links are looked at. */
int bridge_find_marked(struct netlink *nl, const char *mark, struct bridge_place *place, struct err *e);

/* Was the link left unfinished, of a bridge with that mark and no address? Its MAC address says so. */
bool bridge_is_unfinished(const struct link_info *link, const char *mark);

/* For one that isn't there: a free subnet (subnet_choose()) beside what is in use. */
int bridge_choose(const struct ip *pools, size_t n_pools, const struct ip *used, size_t n_used,
		  struct bridge_place *place, struct err *e);

/* The networks of all addresses and routes of the host. */
int bridge_used(struct netlink *nl, struct arena *a, int family, struct ip **used, size_t *n, struct err *e);

/* The MTU of the way out, so that no packet is too large for it; 0: there is none. */
uint32_t bridge_mtu(struct netlink *nl);

/* What the host is, to those on the bridge, set before it is up: one that believes nothing of what they
 * say. IPv6 is off on it unless it has an address of that, no router is believed, no redirect followed;
 * ARP answers for the bridge's own address only, asks by it, and a sender's address must be one of the
 * bridge's network. Those of IPv6 are where there is IPv6. */
struct bridge_setting {
	const char *family, *name,
		*value; /* "ipv4", "arp_ignore", "1": /proc/sys/net/FAMILY/conf/BRIDGE/NAME */
};
extern const struct bridge_setting bridge_settings[]; /* the last one has no name */
const char *bridge_setting_value(const struct bridge *br, const struct bridge_setting *s);

/* Its MAC address: that of its first address; of a bridge that has none, or that filters, one made of its mark (FNV-1a). Not
 * of a link upon one, which has that of its bridge. */
void bridge_mac(const struct bridge *br, uint8_t mac[static 6]);

/* See to it that the bridge is there. Code "bridge-taken" when the name is a stranger's. */
int bridge_ensure(struct netlink *nl, const struct bridge *br, int *index, struct err *e);

/* The same, but one that is there gets anew what it has: addresses, settings, and that it is up. */
int bridge_restore(struct netlink *nl, const struct bridge *br, struct err *e);

/* 0 when it is there as described, else -ENODEV ("bridge-missing"), -EEXIST ("bridge-taken") or -ESTALE
 * ("bridge-different"). */
int bridge_check(struct netlink *nl, struct arena *a, const struct bridge *br, struct err *e);

/* Has a bridge that filters, and perhaps is several networks', another user: a cable of guise-cni's, or a link of guise's upon
 * one of its VLANs? 1, 0 or -errno. The network namespace is locked (net/lease.h), as by who makes them. */
int bridge_is_used(struct netlink *nl, struct arena *a, const char *name, struct err *e);

/* Delete the bridge, if it is ours. What isn't there, or a stranger's, is left as it is: success. */
int bridge_delete(struct netlink *nl, const char *name, const char *mark, struct err *e);
