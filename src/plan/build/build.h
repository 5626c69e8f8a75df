/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/cgroup/cgroup.h"
#include "kernel/seccomp/seccomp.h"
#include "plan/plan.h"
#include "spec/limits.h"
#include "spec/spec.h"
#include "spec/user.h"

/* What the host looks like, as far as a plan depends on it: found out by run/engine/probe.c, made up by
 * tests. */
struct device_fact {
	char type; /* 'c', 'b', 'p' */
	unsigned major, minor, mode;
};

/* A network, and the container's place in it. */
struct network_fact {
	const char *name;       /* "bridge" */
	const char *dir;        /* of its leases: net/lease.h */
	const char *bridge;     /* "guise0" */
	const char *mark;       /* what that is known by as ours: net/bridge.h */
	const char *bridge_mac; /* NULL: no bridge's, so whoever answers for the gateway is believed */
	unsigned mtu;           /* 0: the kernel's default */
	const char *cable;      /* the host's end of the veth pair */
	const char *link, *mac; /* the container's: "eth0" */
	struct address_fact {
		const char *subnet, *gateway, *address; /* "10.10.0.0/24", "10.10.0.1", "10.10.0.2" */
		unsigned prefix;                        /* 24 */
		bool way_out;                           /* the default route of its family goes there */
	} * at;                                         /* one for each subnet */
	size_t n_at;
	/* chains of others that are to let it through; a table "": whichever there are, to be undone */
	struct pass_fact {
		unsigned family;
		const char *table, *chain;
		bool xtables;
	} * pass;
	size_t n_pass;
	/* of a network upon a link of the host's: spec/driver.h. NULL: on a bridge. Then there is no bridge, and mac is
	 * what the link has */
	const char *driver, *mode, *parent;
	bool internal;         /* no way out */
	bool dns_server;       /* a process answers for its names, */
	bool no_default_route; /* the container's goes elsewhere */
	bool is_new;           /* its bridge is not there yet */
	bool open;             /* others that are open reach it */
	bool bare;             /* the bridge has no address, so no packet of it is forwarded */
	bool routed;           /* everybody reaches it who has a route */
	bool promiscuous;      /* the bridge takes every frame */
	bool hairpin;          /* struct step_veth */
	bool no_masquerade;    /* what leaves it keeps its address */
	bool published;        /* ports of it lead to containers, */
	bool localnet;         /* some by 127.0.0.1 */
	bool kept;             /* the container's namespace is not guise's: struct step_veth */
	struct spec_bandwidth bandwidth;
	struct strv forwards; /* and asks these what it does not know; */
	const char *where;    /* the network's directory, for a person */
	struct strv routes;  /* more of the container's: struct step_address */
	struct strv known;   /* gateways that those lead to, and no default route does */
	struct strv aliases; /* by which others on it find the container, beside its name and id */
	/* VLANs of a bridge that other networks may be on, too: the container's own, and those that it may have with a tag */
	unsigned vlan;
	struct strv trunk;
	bool no_default_vlan;    /* but not VLAN 1 */
	const char *vlan_link;   /* the host's in the container's VLAN, with the gateway's addresses; NULL: it is the bridge */
	const char *bridge_mark; /* what such a bridge is known by; NULL: mark */
	/* another bridge of the network, where the first has no port to spare: the container's cable is on that; NULL */
	const char *further, *further_mark;
};

/* So many ports of the host in a row that lead to the container's: struct step_publish. */
struct port_fact {
	const char *at; /* "": all addresses of the family */
	unsigned first, count, target;
	uint8_t proto;
	const char *to;      /* the container's address */
	const char *network; /* and the directory of its network; "": pasta leads there */
};

struct facts {
	const char *id; /* 64 hexadecimal digits */
	const char *name;
	const char *scratch; /* directory that new roots are mounted on: /run/guise/mnt */
	const char *state;   /* the container's own directory: /run/guise/containers/ID */
	const char *root;    /* absolute path of the root's source */
	unsigned
		image_layers; /* which is an image's directory, with so many layers (state/images.h); 0: it is a root */
	struct strv image_erofs; /* which of these are EROFS images: "0", "2" */
	const char *layer; /* the directory on disk that is the container's layer; NULL: a tmpfs is */
	const char
		*layers; /* and where those of all are: hidden from a container that has the host's files */
	/* host: what is covered by layers beside the root itself */
	bool root_empty;    /* the root itself cannot be: it is put together from the lists */
	struct strv below;  /* directories to cover: other file systems of the machine, "/home" */
	struct strv bound;  /* directories to bind read-only */
	struct strv hidden; /* the kernel's file systems below those, to be masked */
	struct strv dirs;   /* directories to make empty */
	struct strv links;  /* pairs: symbolic link, its target */
	bool privileged;    /* guise has privilege over the host: it is no user's, in no user namespace */

	struct cgroup_layout cgroups;
	struct limits_facts limits; /* limits.cg points at cgroups */
	const char *home; /* the container's home cgroup; NULL: none to be had, and no limit needs one */

	bool userns;                   /* a new user namespace */
	const char *uid_map, *gid_map; /* its maps, lines "INSIDE OUTSIDE SIZE" */
	const char *join_user;         /* of another container, instead of a new one: the path of it */
	uint32_t ids_first, ids_size;  /* a range that is leased; size 0: none is */
	struct strv notes;             /* sentences for whoever started it */
	bool map_by_helper;            /* newuidmap writes them */
	bool single_id;                /* one id is mapped: groups and further owners cannot be had */
	bool idmap_root;               /* the root's files belong to the host's ids: to be idmapped */

	const char *ns_path[NS_COUNT]; /* namespaces to join */
	const char *shm;               /* --ipc of another: its /dev/shm, */
	const char *shm_ns;            /* in the mount namespace at this path; NULL: guise's own */

	struct user_ids user;
	uint64_t caps_held;
	const struct seccomp_filter *seccomp; /* the compiled profile; NULL: unconfined */
	struct device_fact *devices;          /* one per spec->devices */
	bool *mount_is_file;                  /* one per spec->mounts: its source is no directory */

	/* names: plan/build/names.c */
	const char *hostname; /* the host's */
	const char *hosts;    /* NET_HOST: what its /etc/hosts says */
	const char *resolv;   /* a resolv.conf that says what name servers the machine asks, */
	bool resolv_is_own;   /* or those who are in the namespace that is joined */
	struct plan other;    /* NET_CONTAINER: the other's, whose files this one has, too */

	/* NET_BRIDGE */
	struct network_fact *networks;
	size_t n_networks;
	struct port_fact *ports;
	size_t n_ports;
	const char *ports_mark; /* what they are known by as the container's: net/ports.h */
	bool ipv6;              /* the kernel has it */
};

/* Spec and facts → the whole plan, in p's arena. Pure: the same input gives the same plan. Fails only
 * where a limit cannot be had (spec/limits.h). */
int plan_build(struct plan *p, const struct spec *s, const struct facts *f, struct err *e);

/* The parts, each in a file of its own, called by plan_build() in the order that build.c explains. */
int build_limits(struct plan *p, const struct spec *s, const struct facts *f, struct err *e);
/* limits.c: shall it have a cgroup in every hierarchy of the machine? */
bool build_every_cgroup(const struct spec *s, const struct facts *f);
void build_limits_join(struct plan *p, const struct spec *s, const struct facts *f);
void build_names_host(struct plan *p, const struct spec *s, const struct facts *f);
void build_names(struct plan *p, const struct spec *s, const struct facts *f);
/* Of a container that runs by the plan `old`, and comes to one more network, that of f. */
void build_names_joined(struct plan *p, const struct plan *old, const struct facts *f);
/* The link by which the host is on the network. */
const char *build_host_link(const struct network_fact *n);
/* What its bridge is known by. */
const char *build_bridge_mark(const struct network_fact *n);
void build_network_host(struct plan *p, const struct spec *s, const struct facts *f);
/* The network's further bridge, if it has one, and what joins it to the first. */
void build_further(struct plan *p, const struct network_fact *n);
/* ports.c: what a network has for them, and they themselves */
void build_ports_shared(struct plan *p, const struct network_fact *n);
void build_ports(struct plan *p, const struct facts *f);
void build_network_link(struct plan *p, const struct spec *s, const struct facts *f);
void build_network_guard(struct plan *p, const struct spec *s, const struct facts *f);
void build_network_inside(struct plan *p, const struct spec *s, const struct facts *f);
/* upper.c: in the place of bridge and cable; and what tells the neighbours. ipv6: it has addresses of that. */
void build_upper(struct plan *p, const struct network_fact *n);
void build_announce(struct plan *p, const struct network_fact *n, bool ipv6);
/* shape.c: on the host, behind the cable, and inside. */
void build_shape(struct plan *p, const struct network_fact *n);
void build_shape_inside(struct plan *p, const struct network_fact *n);
/* Is the way out the link itself, with no gateway asked for? */
bool build_is_routed(const struct network_fact *n);
void build_trees(struct plan *p, const struct facts *f);
void build_root(struct plan *p, const struct spec *s, const struct facts *f);
void build_root_cgroup(struct plan *p, const struct spec *s, const struct facts *f);
void build_root_end(struct plan *p, const struct spec *s, const struct facts *f);
void build_security(struct plan *p, const struct spec *s, const struct facts *f);
