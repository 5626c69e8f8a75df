/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kernel/net/ip.h"
#include "spec/spec.h"

/*
 * A world: everything of a live machine that matters to its containers, as plain data. It is read once
 * (world_read()), or comes from a file that another machine wrote (world_load()); whoever reasons about it
 * (observe/walk, observe/findings, the commands) can't tell the two apart, and asks the machine nothing more.
 *
 * One struct a table of the kernel's, named by the kernel's words, numbers as the kernel has them. Each has a
 * row for each member in world/shapes.c: by these it is written, read, compared and redacted. Lists are of
 * pointer and count. All memory is the arena's. Texts are the kernel's bytes, and may be hostile: who prints
 * one escapes it (str_add_visible(), base/utf8.h). NULL and zero: not there.
 *
 * What could not be read is a line in `unread`, "netns net1: nftables: Operation not permitted", so that who
 * reasons says "unknown" and not "there is none".
 */

/* A port of a bridge: IFLA_BRPORT_* (rtnetlink(7), linux/if_link.h). */
struct world_port {
	uint32_t state; /* BR_STATE_*: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking */
	bool isolated, learning, flood, locked, hairpin, guard, neigh_suppress;
};

struct world_vlan {
	uint32_t first, last;
	bool pvid, untagged;
};

struct world_link {
	int64_t index;
	const char *name;
	const char *kind; /* IFLA_INFO_KIND: "veth", "bridge", "vlan", "macvlan", ...; NULL: lo, hardware */
	const char *alias;
	const char *mac;       /* "aa:bb:cc:dd:ee:ff" */
	const char *operstate; /* "up", "down", "lowerlayerdown", "unknown" */
	uint64_t mtu, flags;   /* IFF_* */
	bool carrier;
	int64_t master; /* index of the bridge or bond that it is a port of */
	int64_t peer;   /* IFLA_LINK: index of the cable's other end, or of the parent */
	uint64_t
		peer_netns; /* inode of its namespace; 0: this one, where peer is set and peer_unknown isn't */
	bool peer_unknown;  /* it is in a namespace that could not be found */
	const char *mode;   /* of a macvlan or ipvlan: "bridge", "private", "l2", ... */
	uint64_t vlan_id;   /* of a vlan device */
	bool is_port;
	struct world_port port;
	bool vlan_filtering;          /* as a bridge */
	bool nf_call_ip, nf_call_ip6; /* as a bridge: IFLA_BR_NF_CALL_*; the global ones are sysctls */
	struct world_vlan *vlans;     /* as a port, or a bridge itself */
	size_t n_vlans;
	uint64_t rx_dropped, tx_dropped, rx_errors, tx_errors;
};

struct world_addr {
	int64_t link;
	struct ip ip;          /* with the prefix's length */
	struct ip peer;        /* of a point-to-point link */
	uint64_t scope, flags; /* RT_SCOPE_*, IFA_F_* */
};

struct world_nexthop {
	struct ip via;
	int64_t oif;
	uint64_t weight, flags; /* RTNH_F_* */
};

struct world_route {
	uint64_t family, type, table, scope, protocol, priority, tos, flags; /* AF_*, RTN_*, RT_TABLE_* */
	struct ip dst;                                                       /* none: default */
	struct ip src;                                                       /* IPv6: of that source only */
	struct ip via, prefsrc;
	int64_t oif;
	uint64_t mtu;
	struct world_nexthop *nexthops; /* more than one way */
	size_t n_nexthops;
};

/* ip-rule(8) */
struct world_rule {
	uint64_t family, priority, action, table, target; /* FR_ACT_* */
	struct ip src, dst;
	const char *iif, *oif;
	uint64_t mark, mask, tos, ipproto;
	uint64_t sport_first, sport_last, dport_first, dport_last;
	bool invert, l3mdev, has_uids;
	uint64_t uid_first, uid_last;
	int64_t suppress_prefix; /* -1: not */
};

struct world_neigh {
	int64_t link;
	struct ip ip; /* none: an entry of a bridge's forwarding table */
	const char *mac;
	uint64_t state, flags, vlan; /* NUD_*, NTF_* */
	int64_t master;
};

/* A file below /proc/sys/net, or of a cgroup: "net.ipv4.ip_forward", "memory.max"; the value without its last newline. */
struct world_setting {
	const char *name, *value;
};

struct world_socket {
	uint64_t proto, state, port, remote_port; /* IPPROTO_*; TCP_LISTEN ... (udp: 7) */
	struct ip ip, remote;                     /* family is that of the socket; all zeros: any address */
	uint64_t inode;
	bool v6only;
	const char *link; /* SO_BINDTODEVICE */
	int64_t pid;      /* who has it open; 0: not known */
};

struct world_qdisc {
	int64_t link;
	const char *kind;
	uint64_t handle, parent, limit, drops, overlimits, backlog, queued;
	uint64_t burst;      /* of tbf: what is larger never passes; 0: not known */
	bool polices;        /* a filter on it drops or polices */
	const char *options; /* "loss 30%", "rate 1Mbit": what can drop or delay */
};

/* ---- rules of packets ---- */

struct world_bytes {
	const uint8_t *v;
	size_t n;
};

/*
 * An expression of nf_tables as the kernel has it: NFTA_EXPR_NAME and its attributes, in flat members. Registers are
 * numbered by 32 bits, whichever way the kernel said it: 0 is the verdict, 4 (NFT_REG_1, NFT_REG32_00) to 19 are the
 * words. What a member means for each kind: world/nft_expr.c. An extension of xtables is "match" or "target".
 */
struct world_expr {
	const char *kind;
	uint64_t sreg, dreg, op, base, offset, len, key, dir, flags, family, type;
	uint64_t sreg_max, sreg_proto, sreg_proto_max; /* of nat, redir, masq; sreg is the address's */
	struct world_bytes data, data2;                /* cmp; range's two; bitwise's mask and xor */
	int64_t verdict;                               /* of an immediate: NF_*, NFT_* */
	const char *chain;                             /* jump, goto */
	const char *set;                               /* lookup, dynset, objref */
	const char *name;                              /* of the extension, log's prefix, object */
	uint64_t revision;
	struct world_bytes info;  /* of the extension: its struct */
	struct world_expr *exprs; /* dynset's */
	size_t n_exprs;
};

struct world_nft_rule {
	uint64_t handle;
	const char *comment;
	struct world_expr *exprs;
	size_t n_exprs;
};

struct world_chain {
	const char *name, *type; /* "filter", "nat", "route"; NULL: no base chain */
	uint64_t handle, hook;   /* NF_INET_*, NF_NETDEV_* */
	int64_t priority, policy;
	struct strv devices;
	struct world_nft_rule *rules;
	size_t n_rules;
};

struct world_element {
	struct world_bytes key, key_end, data;
	uint64_t flags; /* NFT_SET_ELEM_* */
	int64_t verdict;
	const char *chain, *comment;
};

struct world_set {
	const char *name;
	uint64_t flags, key_type, key_len, data_type, data_len; /* NFT_SET_* */
	struct world_bytes fields; /* of a concatenation: the length of each, a byte */
	struct world_element *elements;
	size_t n_elements;
	bool is_partial; /* it has more elements than are kept here */
};

struct world_table {
	uint64_t family, flags; /* NFPROTO_* */
	const char *name;
	struct world_chain *chains;
	size_t n_chains;
	struct world_set *sets;
	size_t n_sets;
};

struct world_xt_extension {
	const char *name;
	uint64_t revision;
	struct world_bytes info;
};

/* A rule of iptables-legacy, ip6tables-legacy or ebtables, with the members of struct ipt_entry, ip6t_entry, ebt_entry. */
struct world_xt_rule {
	struct ip src, src_mask, dst, dst_mask;
	const char *in, *out; /* "eth+"; NULL: any */
	const char *logical_in, *logical_out;
	struct world_bytes source_mac, source_mask, dest_mac, dest_mask;
	uint64_t proto, flags, invflags;
	struct world_xt_extension *matches;
	size_t n_matches;
	struct world_xt_extension target; /* name NULL: a standard one, below */
	int64_t verdict;   /* -NF_ACCEPT - 1 and the like, as in struct xt_standard_target; 0: chain */
	const char *chain; /* jump or, by a flag, goto */
};

struct world_xt_chain {
	const char *name;
	bool is_base;
	uint64_t hook;
	int64_t policy;
	struct world_xt_rule *rules;
	size_t n_rules;
};

struct world_xt_table {
	uint64_t family;  /* NFPROTO_IPV4, _IPV6, _BRIDGE */
	const char *name; /* "filter", "nat", "mangle", "raw", "security", "broute" */
	struct world_xt_chain *chains;
	size_t n_chains;
};

/* A set of ipset(8), which an extension names. */
struct world_ipset {
	const char *name, *type;
	uint64_t index, family;
	struct world_bytes *elements; /* in the order of its type: see world/ipset.c */
	size_t n_elements;
};

/* ---- namespaces ---- */

struct world_nsid {
	int64_t id;
	uint64_t netns;
};

struct world_netns {
	uint64_t inode;
	bool is_host;     /* the one that guise was in when it read */
	const char *name; /* "net1", of ip-netns(8); or NULL */
	const char *path; /* "/run/netns/net1", "/proc/4711/ns/net": where it can be entered */
	int64_t pid;      /* the process in it that was born first; 0: none */
	struct world_nsid *nsids;
	size_t n_nsids;
	struct world_link *links;
	size_t n_links;
	struct world_addr *addrs;
	size_t n_addrs;
	struct world_route *routes;
	size_t n_routes;
	struct world_rule *rules;
	size_t n_rules;
	struct world_neigh *neighs;
	size_t n_neighs;
	struct world_setting *sysctls;
	size_t n_sysctls;
	struct world_socket *sockets;
	size_t n_sockets;
	struct world_qdisc *qdiscs;
	size_t n_qdiscs;
	uint64_t conntrack_count, conntrack_max;
	struct world_table *tables; /* nf_tables */
	size_t n_tables;
	struct world_xt_table *xtables;
	size_t n_xtables;
	struct world_ipset *ipsets;
	size_t n_ipsets;
	bool is_in_order;  /* of no file: world_put_in_order() */
	bool rules_unread; /* some of nf_tables, xtables or ipset could not be read: a walk can't be sure */
};

struct world_mount {
	uint64_t id, parent, attr; /* MOUNT_ATTR_* */
	uint64_t major, minor;     /* of its file system */
	const char *root, *target, *type, *source, *options, *propagation;
};

struct world_mountns {
	uint64_t inode;
	int64_t pid;
	struct world_mount *mounts;
	size_t n_mounts;
};

/* ---- processes ---- */

struct world_cgroup {
	const char *hierarchy;          /* "" is v2; "memory", "cpu,cpuacct", "name=systemd" */
	const char *mount;              /* "/sys/fs/cgroup/memory" */
	const char *path;               /* "/docker/abc", below the mount */
	struct world_setting *settings; /* limits, use, peak, events, pressure: those files that are there */
	size_t n_settings;
};

/* Where a process is: an index of world.cgroups would move; the pair of words doesn't. */
struct world_member {
	const char *hierarchy, *path;
};

/* Inodes of namespaces, in the order of ns_names. */
enum {
	WORLD_NS_CGROUP,
	WORLD_NS_IPC,
	WORLD_NS_MNT,
	WORLD_NS_NET,
	WORLD_NS_PID,
	WORLD_NS_TIME,
	WORLD_NS_USER,
	WORLD_NS_UTS,
	WORLD_NS_COUNT
};
extern const char *const world_ns_names[WORLD_NS_COUNT];

struct world_process {
	int64_t pid, parent, ns_pid; /* ns_pid: its number in its own pid namespace */
	uint64_t start_time;         /* clock ticks after boot */
	const char *comm, *exe;
	struct strv argv;
	uint64_t ns[WORLD_NS_COUNT];
	uint64_t uid, gid, euid, egid; /* of the namespace of who reads */
	uint64_t cap_inh, cap_prm, cap_eff, cap_bnd, cap_amb;
	uint64_t seccomp, seccomp_filters;
	bool no_new_privs;
	int64_t oom_score_adj;
	const char *label; /* of the security module */
	const char *uid_map, *gid_map;
	const char *root; /* /proc/PID/root as it reads */
	struct world_member *cgroups;
	size_t n_cgroups;
	struct world_setting *limits; /* /proc/PID/limits: "nofile", "1024:524288" */
	size_t n_limits;
};

/* A port that is published, as its engine says. */
struct world_published {
	struct ip ip; /* of the host; none: any */
	uint64_t port, target, proto;
	const char *rule; /* it is not the engine that says so, but this rule of NAT (walk/published.h) */
};

/* A container as its engine has it: of guise, or told by cgroup path, argv of the shim and state files. */
struct world_container {
	const char *engine; /* "guise", "guise-oci", "docker", "podman", "containerd", "lxc", "systemd" */
	const char *id, *name, *status;
	int64_t pid; /* its first process; 0: it doesn't run */
	uint64_t netns;
	const char *image, *cgroup;
	struct world_published *ports;
	size_t n_ports;
	struct strv resolvers;       /* nameservers of its resolv.conf */
	struct world_setting *hints; /* what the engine's files say beside: "bridge", "address", "log" */
	size_t n_hints;
};

/* What carries a container's id outside of it: "cgroup" (nobody is in it), "lease" (text: the address), "mount". */
struct world_mark {
	const char *kind, *engine, *id, *path, *text;
};

struct world_holder {
	struct ip ip;
	uint64_t netns;
};

struct world {
	struct arena *arena;
	const char *version;               /* of this format: WORLD_VERSION */
	const char *host, *kernel, *taken; /* nodename, release, time of day (ISO 8601) */
	bool is_redacted;
	uint64_t self;             /* pid of who read it */
	struct world_netns *netns; /* the host's first */
	size_t n_netns;
	struct world_process *processes;
	size_t n_processes;
	struct world_cgroup *cgroups;
	size_t n_cgroups;
	struct world_mountns *mountns;
	size_t n_mountns;
	struct world_container *containers;
	size_t n_containers;
	struct world_mark *marks;
	size_t n_marks;
	struct strv resolvers; /* the host's nameservers */
	struct strv unread;
	/* Of no file: world_index(). NULL in a world that a test made. */
	const struct world_netns **by_inode;
	/* Of no file: world_index_answers(). Who has which address, and who answers for others, too, in order. */
	bool has_answers;
	struct world_holder *holders;
	size_t n_holders;
	uint64_t *others;
	size_t n_others;
};

#define WORLD_VERSION "1"
