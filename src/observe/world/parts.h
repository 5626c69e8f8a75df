/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/net/netlink.h"
#include "observe/world/read.h"

/*
 * The readers, which read.c calls in the order in which they stand here. A reader fills its part of the world and
 * returns nothing: what it could not read it says by world_unread() or world_unread_of(), once a table and not once an
 * object; what is not there (a kernel without nf_tables, a process that ended meanwhile) is no such line. It passes
 * once over the kernel's table, and memory is w->arena's.
 *
 * Those of a network namespace are called in it: a socket that they open is of that namespace, /proc/net and
 * /proc/sys/net are its files. They run in a child process that shares our memory (kernel/process/visit.h), and close
 * what they opened.
 */

/* netns.c: inode, name, path, pid, is_host of all network namespaces that there are, the host's first. */
void world_find_netns(struct world *w);

/* visit.c: a descriptor of it, or -1 and errno: ENOENT if it is gone. */
int world_netns_open(const struct world_netns *ns);

/* Calls fn in each of them that `wants` (NULL: all) says true of. */
typedef void world_visit_fn(struct world *w, struct world_netns *ns, void *arg);
void world_visit(struct world *w, bool (*wants)(const struct world_netns *ns, const void *arg),
		 world_visit_fn *fn, void *arg);

/* inside.c: goes into each and calls the readers that `parts` wants. */
void world_read_inside(struct world *w, unsigned parts);

/* WORLD_NETWORK, in a namespace; nl is a NETLINK_ROUTE socket of it */
void world_read_links(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_nsids(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_addrs(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_routes(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_policy(struct world *w, struct world_netns *ns, struct netlink *nl); /* ip-rule(8) */
void world_read_neighs(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_qdiscs(struct world *w, struct world_netns *ns, struct netlink *nl);
void world_read_sockets(struct world *w, struct world_netns *ns);
/* Behind all others, which say what settings matter; links brought theirs. */
void world_read_sysctls(struct world *w, struct world_netns *ns);

/* nsid.c: when all namespaces have been read, where the other ends of links are. */
void world_find_peers(struct world *w);

/* WORLD_RULES, in a namespace: see rules.h */

/* WORLD_PROCESSES, WORLD_CGROUPS, WORLD_MOUNTS, of the machine; wish->pid and all that belongs to it always */
void world_read_processes(struct world *w, const struct world_wish *wish);
void world_read_containers(struct world *w, const struct world_wish *wish);
void world_read_cgroups(struct world *w, const struct world_wish *wish);
void world_read_mounts(struct world *w, const struct world_wish *wish);

/* owners.c, with WORLD_NETWORK, behind all of it: who listens on the host where an engine published a port. */
void world_read_owners(struct world *w);

/* With WORLD_CGROUPS, a moment later: "cpu.stat.later" of those that were throttled, to be seen whether they still are. */
void world_read_throttled(struct world *w);

/* With WORLD_CGROUPS, behind all others: whose container lives is known by then. */
void world_read_marks(struct world *w);

/* What a namespace is called in w->unread: "host", "netns net1", "netns 4026532999". */
const char *world_netns_label(const struct world *w, const struct world_netns *ns);

/* "netns net1: WHAT: Operation not permitted" */
void world_unread_of(struct world *w, const struct world_netns *ns, const char *what, int error);
