/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/shape.h"

const char *const world_ns_names[WORLD_NS_COUNT] = { "cgroup", "ipc",  "mnt",  "net",
						     "pid",    "time", "user", "uts" };

/* clang-format off */
static const struct member shape_world[] = {
	MEMBER(struct world, version, TEXT, KEEP),
	MEMBER(struct world, host, TEXT, HIDE),
	MEMBER(struct world, kernel, TEXT, KEEP),
	MEMBER(struct world, taken, TEXT, KEEP),
	MEMBER(struct world, is_redacted, BOOL, KEEP),
	MEMBER(struct world, self, U64, KEEP),
	LIST(struct world, netns, NETNS, struct world_netns),
	LIST(struct world, processes, PROCESS, struct world_process),
	LIST(struct world, cgroups, CGROUP, struct world_cgroup),
	LIST(struct world, mountns, MOUNTNS, struct world_mountns),
	LIST(struct world, containers, CONTAINER, struct world_container),
	LIST(struct world, marks, MARK, struct world_mark),
	MEMBER(struct world, resolvers, TEXTS, HIDE),
	MEMBER(struct world, unread, TEXTS, KEEP),
	{ "" },
};

static const struct member shape_netns[] = {
	MEMBER(struct world_netns, inode, U64, KEEP),
	MEMBER(struct world_netns, is_host, BOOL, KEEP),
	MEMBER(struct world_netns, name, TEXT, HIDE),
	MEMBER(struct world_netns, path, TEXT, HIDE),
	MEMBER(struct world_netns, pid, I64, KEEP),
	LIST(struct world_netns, nsids, NSID, struct world_nsid),
	LIST(struct world_netns, links, LINK, struct world_link),
	LIST(struct world_netns, addrs, ADDR, struct world_addr),
	LIST(struct world_netns, routes, ROUTE, struct world_route),
	LIST(struct world_netns, rules, RULE, struct world_rule),
	LIST(struct world_netns, neighs, NEIGH, struct world_neigh),
	MANY(struct world_netns, sysctls, SETTINGS, KEEP),
	LIST(struct world_netns, sockets, SOCKET, struct world_socket),
	LIST(struct world_netns, qdiscs, QDISC, struct world_qdisc),
	MEMBER(struct world_netns, conntrack_count, U64, KEEP),
	MEMBER(struct world_netns, conntrack_max, U64, KEEP),
	LIST(struct world_netns, tables, TABLE, struct world_table),
	LIST(struct world_netns, xtables, XT_TABLE, struct world_xt_table),
	LIST(struct world_netns, ipsets, IPSET, struct world_ipset),
	MEMBER(struct world_netns, rules_unread, BOOL, KEEP),
	{ "" },
};

static const struct member shape_nsid[] = {
	MEMBER(struct world_nsid, id, I64, KEEP),
	MEMBER(struct world_nsid, netns, U64, KEEP),
	{ "" },
};

static const struct member shape_link[] = {
	MEMBER(struct world_link, index, I64, KEEP),
	MEMBER(struct world_link, name, STR, HIDE),
	MEMBER(struct world_link, kind, TEXT, KEEP),
	MEMBER(struct world_link, alias, TEXT, HIDE),
	MEMBER(struct world_link, mac, TEXT, HIDE),
	MEMBER(struct world_link, operstate, TEXT, KEEP),
	MEMBER(struct world_link, mtu, U64, KEEP),
	MEMBER(struct world_link, flags, U64, KEEP),
	MEMBER(struct world_link, carrier, BOOL, KEEP),
	MEMBER(struct world_link, master, I64, KEEP),
	MEMBER(struct world_link, peer, I64, KEEP),
	MEMBER(struct world_link, peer_netns, U64, KEEP),
	MEMBER(struct world_link, peer_unknown, BOOL, KEEP),
	MEMBER(struct world_link, mode, TEXT, KEEP),
	MEMBER(struct world_link, vlan_id, U64, KEEP),
	MEMBER(struct world_link, is_port, BOOL, KEEP),
	PART(struct world_link, port, PORT, struct world_port),
	MEMBER(struct world_link, vlan_filtering, BOOL, KEEP),
	MEMBER(struct world_link, nf_call_ip, BOOL, KEEP),
	MEMBER(struct world_link, nf_call_ip6, BOOL, KEEP),
	LIST(struct world_link, vlans, VLAN, struct world_vlan),
	MEMBER(struct world_link, rx_dropped, U64, KEEP),
	MEMBER(struct world_link, tx_dropped, U64, KEEP),
	MEMBER(struct world_link, rx_errors, U64, KEEP),
	MEMBER(struct world_link, tx_errors, U64, KEEP),
	{ "" },
};

static const struct member shape_port[] = {
	MEMBER(struct world_port, state, U32, KEEP),
	MEMBER(struct world_port, isolated, BOOL, KEEP),
	MEMBER(struct world_port, learning, BOOL, KEEP),
	MEMBER(struct world_port, flood, BOOL, KEEP),
	MEMBER(struct world_port, locked, BOOL, KEEP),
	MEMBER(struct world_port, hairpin, BOOL, KEEP),
	MEMBER(struct world_port, guard, BOOL, KEEP),
	MEMBER(struct world_port, neigh_suppress, BOOL, KEEP),
	{ "" },
};

static const struct member shape_vlan[] = {
	MEMBER(struct world_vlan, first, U32, KEEP),
	MEMBER(struct world_vlan, last, U32, KEEP),
	MEMBER(struct world_vlan, pvid, BOOL, KEEP),
	MEMBER(struct world_vlan, untagged, BOOL, KEEP),
	{ "" },
};

static const struct member shape_addr[] = {
	MEMBER(struct world_addr, link, I64, KEEP),
	MEMBER(struct world_addr, ip, IP, HIDE),
	MEMBER(struct world_addr, peer, IP, HIDE),
	MEMBER(struct world_addr, scope, U64, KEEP),
	MEMBER(struct world_addr, flags, U64, KEEP),
	{ "" },
};

static const struct member shape_route[] = {
	MEMBER(struct world_route, family, U64, KEEP),
	MEMBER(struct world_route, type, U64, KEEP),
	MEMBER(struct world_route, table, U64, KEEP),
	MEMBER(struct world_route, scope, U64, KEEP),
	MEMBER(struct world_route, protocol, U64, KEEP),
	MEMBER(struct world_route, priority, U64, KEEP),
	MEMBER(struct world_route, tos, U64, KEEP),
	MEMBER(struct world_route, flags, U64, KEEP),
	MEMBER(struct world_route, dst, IP, HIDE),
	MEMBER(struct world_route, src, IP, HIDE),
	MEMBER(struct world_route, via, IP, HIDE),
	MEMBER(struct world_route, prefsrc, IP, HIDE),
	MEMBER(struct world_route, oif, I64, KEEP),
	MEMBER(struct world_route, mtu, U64, KEEP),
	LIST(struct world_route, nexthops, NEXTHOP, struct world_nexthop),
	{ "" },
};

static const struct member shape_nexthop[] = {
	MEMBER(struct world_nexthop, via, IP, HIDE),
	MEMBER(struct world_nexthop, oif, I64, KEEP),
	MEMBER(struct world_nexthop, weight, U64, KEEP),
	MEMBER(struct world_nexthop, flags, U64, KEEP),
	{ "" },
};

static const struct member shape_rule[] = {
	MEMBER(struct world_rule, family, U64, KEEP),
	MEMBER(struct world_rule, priority, U64, KEEP),
	MEMBER(struct world_rule, action, U64, KEEP),
	MEMBER(struct world_rule, table, U64, KEEP),
	MEMBER(struct world_rule, target, U64, KEEP),
	MEMBER(struct world_rule, src, IP, HIDE),
	MEMBER(struct world_rule, dst, IP, HIDE),
	MEMBER(struct world_rule, iif, TEXT, HIDE),
	MEMBER(struct world_rule, oif, TEXT, HIDE),
	MEMBER(struct world_rule, mark, U64, KEEP),
	MEMBER(struct world_rule, mask, U64, KEEP),
	MEMBER(struct world_rule, tos, U64, KEEP),
	MEMBER(struct world_rule, ipproto, U64, KEEP),
	MEMBER(struct world_rule, sport_first, U64, KEEP),
	MEMBER(struct world_rule, sport_last, U64, KEEP),
	MEMBER(struct world_rule, dport_first, U64, KEEP),
	MEMBER(struct world_rule, dport_last, U64, KEEP),
	MEMBER(struct world_rule, invert, BOOL, KEEP),
	MEMBER(struct world_rule, l3mdev, BOOL, KEEP),
	MEMBER(struct world_rule, has_uids, BOOL, KEEP),
	MEMBER(struct world_rule, uid_first, U64, KEEP),
	MEMBER(struct world_rule, uid_last, U64, KEEP),
	MEMBER(struct world_rule, suppress_prefix, I64, KEEP),
	{ "" },
};

static const struct member shape_neigh[] = {
	MEMBER(struct world_neigh, link, I64, KEEP),
	MEMBER(struct world_neigh, ip, IP, HIDE),
	MEMBER(struct world_neigh, mac, TEXT, HIDE),
	MEMBER(struct world_neigh, state, U64, KEEP),
	MEMBER(struct world_neigh, flags, U64, KEEP),
	MEMBER(struct world_neigh, vlan, U64, KEEP),
	MEMBER(struct world_neigh, master, I64, KEEP),
	{ "" },
};

static const struct member shape_socket[] = {
	MEMBER(struct world_socket, proto, U64, KEEP),
	MEMBER(struct world_socket, state, U64, KEEP),
	MEMBER(struct world_socket, port, U64, KEEP),
	MEMBER(struct world_socket, remote_port, U64, KEEP),
	MEMBER(struct world_socket, ip, IP, HIDE),
	MEMBER(struct world_socket, remote, IP, HIDE),
	MEMBER(struct world_socket, inode, U64, KEEP),
	MEMBER(struct world_socket, v6only, BOOL, KEEP),
	MEMBER(struct world_socket, link, TEXT, HIDE),
	MEMBER(struct world_socket, pid, I64, KEEP),
	{ "" },
};

static const struct member shape_qdisc[] = {
	MEMBER(struct world_qdisc, link, I64, KEEP),
	MEMBER(struct world_qdisc, kind, STR, KEEP),
	MEMBER(struct world_qdisc, handle, U64, KEEP),
	MEMBER(struct world_qdisc, parent, U64, KEEP),
	MEMBER(struct world_qdisc, limit, U64, KEEP),
	MEMBER(struct world_qdisc, burst, U64, KEEP),
	MEMBER(struct world_qdisc, drops, U64, KEEP),
	MEMBER(struct world_qdisc, overlimits, U64, KEEP),
	MEMBER(struct world_qdisc, backlog, U64, KEEP),
	MEMBER(struct world_qdisc, queued, U64, KEEP),
	MEMBER(struct world_qdisc, polices, BOOL, KEEP),
	MEMBER(struct world_qdisc, options, TEXT, KEEP),
	{ "" },
};

static const struct member shape_process[] = {
	MEMBER(struct world_process, pid, I64, KEEP),
	MEMBER(struct world_process, parent, I64, KEEP),
	MEMBER(struct world_process, ns_pid, I64, KEEP),
	MEMBER(struct world_process, start_time, U64, KEEP),
	MEMBER(struct world_process, comm, STR, HIDE),
	MEMBER(struct world_process, exe, TEXT, HIDE),
	MEMBER(struct world_process, argv, TEXTS, HIDE),
	MEMBER(struct world_process, ns, NAMESPACES, KEEP),
	MEMBER(struct world_process, uid, U64, KEEP),
	MEMBER(struct world_process, gid, U64, KEEP),
	MEMBER(struct world_process, euid, U64, KEEP),
	MEMBER(struct world_process, egid, U64, KEEP),
	MEMBER(struct world_process, cap_inh, U64, KEEP),
	MEMBER(struct world_process, cap_prm, U64, KEEP),
	MEMBER(struct world_process, cap_eff, U64, KEEP),
	MEMBER(struct world_process, cap_bnd, U64, KEEP),
	MEMBER(struct world_process, cap_amb, U64, KEEP),
	MEMBER(struct world_process, seccomp, U64, KEEP),
	MEMBER(struct world_process, seccomp_filters, U64, KEEP),
	MEMBER(struct world_process, no_new_privs, BOOL, KEEP),
	MEMBER(struct world_process, oom_score_adj, I64, KEEP),
	MEMBER(struct world_process, label, TEXT, HIDE),
	MEMBER(struct world_process, uid_map, TEXT, KEEP),
	MEMBER(struct world_process, gid_map, TEXT, KEEP),
	MEMBER(struct world_process, root, TEXT, HIDE),
	LIST(struct world_process, cgroups, MEMBER, struct world_member),
	MANY(struct world_process, limits, SETTINGS, KEEP),
	{ "" },
};

static const struct member shape_member[] = {
	MEMBER(struct world_member, hierarchy, STR, KEEP),
	MEMBER(struct world_member, path, STR, HIDE),
	{ "" },
};

static const struct member shape_cgroup[] = {
	MEMBER(struct world_cgroup, hierarchy, STR, KEEP),
	MEMBER(struct world_cgroup, mount, STR, KEEP),
	MEMBER(struct world_cgroup, path, STR, HIDE),
	MANY(struct world_cgroup, settings, SETTINGS, KEEP),
	{ "" },
};

static const struct member shape_mountns[] = {
	MEMBER(struct world_mountns, inode, U64, KEEP),
	MEMBER(struct world_mountns, pid, I64, KEEP),
	LIST(struct world_mountns, mounts, MOUNT, struct world_mount),
	{ "" },
};

static const struct member shape_mount[] = {
	MEMBER(struct world_mount, id, U64, KEEP),
	MEMBER(struct world_mount, parent, U64, KEEP),
	MEMBER(struct world_mount, attr, U64, KEEP),
	MEMBER(struct world_mount, major, U64, KEEP),
	MEMBER(struct world_mount, minor, U64, KEEP),
	MEMBER(struct world_mount, root, STR, HIDE),
	MEMBER(struct world_mount, target, STR, HIDE),
	MEMBER(struct world_mount, type, STR, KEEP),
	MEMBER(struct world_mount, source, STR, HIDE),
	MEMBER(struct world_mount, options, STR, KEEP),
	MEMBER(struct world_mount, propagation, STR, KEEP),
	{ "" },
};

static const struct member shape_container[] = {
	MEMBER(struct world_container, engine, STR, KEEP),
	MEMBER(struct world_container, id, STR, HIDE),
	MEMBER(struct world_container, name, TEXT, HIDE),
	MEMBER(struct world_container, status, TEXT, KEEP),
	MEMBER(struct world_container, pid, I64, KEEP),
	MEMBER(struct world_container, netns, U64, KEEP),
	MEMBER(struct world_container, image, TEXT, HIDE),
	MEMBER(struct world_container, cgroup, TEXT, HIDE),
	LIST(struct world_container, ports, PUBLISHED, struct world_published),
	MEMBER(struct world_container, resolvers, TEXTS, HIDE),
	MANY(struct world_container, hints, SETTINGS, HIDE),
	{ "" },
};

static const struct member shape_published[] = {
	MEMBER(struct world_published, ip, IP, HIDE),
	MEMBER(struct world_published, port, U64, KEEP),
	MEMBER(struct world_published, target, U64, KEEP),
	MEMBER(struct world_published, proto, U64, KEEP),
	MEMBER(struct world_published, rule, TEXT, HIDE),
	{ "" },
};

static const struct member shape_mark[] = {
	MEMBER(struct world_mark, kind, TEXT, KEEP),
	MEMBER(struct world_mark, engine, TEXT, KEEP),
	MEMBER(struct world_mark, id, TEXT, HIDE),
	MEMBER(struct world_mark, path, TEXT, HIDE),
	MEMBER(struct world_mark, text, TEXT, HIDE),
	{ "" },
};

static const struct shape shapes[SHAPE_COUNT] = {
	[SHAPE_WORLD] = { shape_world, sizeof(struct world) },
	[SHAPE_NETNS] = { shape_netns, sizeof(struct world_netns) },
	[SHAPE_NSID] = { shape_nsid, sizeof(struct world_nsid) },
	[SHAPE_LINK] = { shape_link, sizeof(struct world_link) },
	[SHAPE_PORT] = { shape_port, sizeof(struct world_port) },
	[SHAPE_VLAN] = { shape_vlan, sizeof(struct world_vlan) },
	[SHAPE_ADDR] = { shape_addr, sizeof(struct world_addr) },
	[SHAPE_ROUTE] = { shape_route, sizeof(struct world_route) },
	[SHAPE_NEXTHOP] = { shape_nexthop, sizeof(struct world_nexthop) },
	[SHAPE_RULE] = { shape_rule, sizeof(struct world_rule) },
	[SHAPE_NEIGH] = { shape_neigh, sizeof(struct world_neigh) },
	[SHAPE_SOCKET] = { shape_socket, sizeof(struct world_socket) },
	[SHAPE_QDISC] = { shape_qdisc, sizeof(struct world_qdisc) },
	[SHAPE_TABLE] = { shape_table, sizeof(struct world_table) },
	[SHAPE_CHAIN] = { shape_chain, sizeof(struct world_chain) },
	[SHAPE_NFT_RULE] = { shape_nft_rule, sizeof(struct world_nft_rule) },
	[SHAPE_EXPR] = { shape_expr, sizeof(struct world_expr) },
	[SHAPE_SET] = { shape_set, sizeof(struct world_set) },
	[SHAPE_ELEMENT] = { shape_element, sizeof(struct world_element) },
	[SHAPE_XT_TABLE] = { shape_xt_table, sizeof(struct world_xt_table) },
	[SHAPE_XT_CHAIN] = { shape_xt_chain, sizeof(struct world_xt_chain) },
	[SHAPE_XT_RULE] = { shape_xt_rule, sizeof(struct world_xt_rule) },
	[SHAPE_XT_EXTENSION] = { shape_xt_extension, sizeof(struct world_xt_extension) },
	[SHAPE_IPSET] = { shape_ipset, sizeof(struct world_ipset) },
	[SHAPE_PROCESS] = { shape_process, sizeof(struct world_process) },
	[SHAPE_MEMBER] = { shape_member, sizeof(struct world_member) },
	[SHAPE_CGROUP] = { shape_cgroup, sizeof(struct world_cgroup) },
	[SHAPE_MOUNTNS] = { shape_mountns, sizeof(struct world_mountns) },
	[SHAPE_MOUNT] = { shape_mount, sizeof(struct world_mount) },
	[SHAPE_CONTAINER] = { shape_container, sizeof(struct world_container) },
	[SHAPE_PUBLISHED] = { shape_published, sizeof(struct world_published) },
	[SHAPE_MARK] = { shape_mark, sizeof(struct world_mark) },
};
/* clang-format on */

const struct shape *shape_of(enum shape_id id)
{
	return &shapes[id];
}
