/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"
#include "kernel/net/vlan.h"

/* Network devices ("links") of the network namespace that the socket belongs to. */

enum { LINK_MAC = 6, LINK_KIND = 16, LINK_ALIAS = 256, LINK_PEER_ADDRS = 4 };

struct link_info {
	int index;
	int master; /* index of the bridge it is a port of; 0: none */
	int lower;  /* of the link that it is upon, in that one's namespace; 0: none */
	int mode;   /* of a macvlan or ipvlan: kernel/net/upper.h; of a vlan, which one it is */
	bool filters; /* of a bridge: by VLANs (kernel/net/vlan.h) */
	bool learns, floods, open, reflects; /* as such a port: see link_add_veth() */
	unsigned flags;                      /* IFF_*, see netdevice(7) */
	uint32_t mtu;
	uint8_t mac[LINK_MAC]; /* zeros for links without one */
	char name[IFNAMSIZ];
	char kind[LINK_KIND];   /* "bridge", "veth", ...; "" for lo and hardware */
	char alias[LINK_ALIAS]; /* free text (`ip link set NAME alias TEXT`): where guise puts its mark */
};

/* Look a link up by name. -ENODEV (with e filled in) when there is none. */
int link_get(struct netlink *nl, const char *name, struct link_info *link, struct err *e);

/* The same by index. */
int link_get_index(struct netlink *nl, int index, struct link_info *link, struct err *e);

/* The first link of that kind with that alias, of all there are. -ENODEV when there is none. */
int link_get_alias(struct netlink *nl, const char *kind, const char *alias, struct link_info *link,
		   struct err *e);

/* All links of that kind; the list is the arena's. */
int link_list(struct netlink *nl, struct arena *a, const char *kind, struct link_info **list, size_t *count,
	      struct err *e);

/* Make a bridge, which is down, has no address, and takes no other MAC address because of its ports.
 * *index is its index. -EEXIST when the name is taken, by whatever it is. */
int link_add_bridge(struct netlink *nl, const char *name, const uint8_t mac[LINK_MAC], int *index,
		    struct err *e);

struct link_veth {
	const char *name;            /* of the end that stays here */
	int master;                  /* index of the bridge to put it on; 0: none */
	uint32_t mtu;                /* of both ends; 0: the kernel's default */
	const char *peer;            /* name of the other end */
	uint8_t peer_mac[LINK_MAC];  /* and its MAC address; zeros: the kernel picks one */
	const struct ip *peer_addrs; /* its addresses, as far as they are said */
	size_t n_peer_addrs;         /* LINK_PEER_ADDRS at most */
	int host;                    /* index of the link that is to know its addresses; 0: the bridge */
	bool reflects;               /* what comes from the port may go back to it (hairpin mode) */
	const struct vlan_port *vlans; /* on a bridge that filters; NULL: it does not */
	int netns; /* descriptor of the network namespace where the other end is born, or -1: */
	pid_t pid; /* ... that of this process; 0: here */
};

/* Make a veth pair, this end up and on its bridge. The peer never exists anywhere but in its namespace, so that no link
 * has to be moved (which would wait for RCU grace periods), and if the namespace dies, so do both. The peer is down: the
 * kernel (veth_open()) can't set it up before both are made, so endpoint_configure() does it. -EEXIST when either name
 * is taken.
 *
 * On a bridge, with a MAC address given, nothing that the peer sends makes the bridge believe another: the port learns
 * none, is locked (Linux 5.18; a frame from another address is dropped), and gets no frame for an address that the
 * bridge does not know. No IPv6 address is made for it. peer_addrs the bridge knows by that MAC address. Of a port with a
 * VLAN of its own, the MAC address is known in that and those with a tag, and so nothing comes in by VLAN 1. */
int link_add_veth(struct netlink *nl, const struct link_veth *veth, struct err *e);

/* Of a pair that is there: its end here is on its bridge, guarded and known to it, and up, as link_add_veth() makes it.
 * -ENODEV when there is no such link. */
int link_restore_veth(struct netlink *nl, const struct link_veth *veth, struct err *e);

/* A cable between two bridges, both of its ends here. */
struct link_trunk {
	const char *name, *peer;
	int master, peer_master; /* indices of the bridges */
	uint32_t mtu;            /* of both ends; 0: the kernel's default */
};

/* Make it, unless it is there; each end on its bridge, up, and without an IPv6 address. What was made is not left where that
 * cannot be: -EXFULL, a bridge has no port left. */
int link_ensure_trunk(struct netlink *nl, const struct link_trunk *t, struct err *e);

/* How many links have that master. All of the machine are looked at, by the kernel. */
int link_count_ports(struct netlink *nl, int master, unsigned *n, struct err *e);

/* Take a link away (a veth's peer goes with it). One that isn't there is fine. */
int link_delete(struct netlink *nl, const char *name, struct err *e);

/* The same by index, for a link that was just made or looked up: cannot hit another of the same name. */
int link_delete_index(struct netlink *nl, int index, const char *name, struct err *e);

/* For batches: give a link an MTU. A bridge then keeps it, whatever its ports have. */
void link_put_mtu(struct netlink_batch *b, int index, const char *name, uint32_t mtu);

/* For batches: set a link up, and, where alias isn't NULL, give it that alias. name is for the error. */
void link_put_up(struct netlink_batch *b, int index, const char *name, const char *alias);

/* For batches: move a link to another network namespace, and give it that name there. It is down afterwards, without
 * addresses, and its index may be another. If the name is taken there it is moved, and keeps its own (do_setlink() in
 * the kernel): look before. */
void link_put_move(struct netlink_batch *b, int index, const char *name, int netns, const char *new_name);

/* For batches: those flags (IFF_*) of the mask. */
void link_put_flags(struct netlink_batch *b, int index, const char *name, unsigned flags, unsigned mask);

/* For batches: make it a port of the bridge with that index; 0: of none. */
void link_put_master(struct netlink_batch *b, int index, const char *name, int master);

/* For batches: give it another MAC address. */
void link_put_mac(struct netlink_batch *b, int index, const char *name, const uint8_t mac[LINK_MAC]);

/* For batches: an attribute of one byte of a port (IFLA_BRPORT_*) or of a bridge (IFLA_BR_*). */
void link_put_port(struct netlink_batch *b, int index, const char *name, uint16_t attr, uint8_t value);
void link_put_bridge(struct netlink_batch *b, int index, const char *name, uint16_t attr, uint8_t value);

/* For batches: a port's own VLAN, for what comes in and goes out without a tag; or not any more. */
void link_put_vlan(struct netlink_batch *b, int index, const char *name, uint16_t vlan, bool is_member);
