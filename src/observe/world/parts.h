/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

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

/* inside.c: goes into each of them and calls the readers that `parts` wants. */
void world_read_inside(struct world *w, unsigned parts);

/* WORLD_NETWORK, in a namespace */
void world_read_links(struct world *w, struct world_netns *ns);
void world_read_addrs(struct world *w, struct world_netns *ns);
void world_read_routes(struct world *w, struct world_netns *ns);
void world_read_policy(struct world *w, struct world_netns *ns); /* ip-rule(8) */
void world_read_neighs(struct world *w, struct world_netns *ns);
void world_read_qdiscs(struct world *w, struct world_netns *ns);
void world_read_sockets(struct world *w, struct world_netns *ns);
void world_read_sysctls(struct world *w, struct world_netns *ns);

/* WORLD_RULES, in a namespace: see rules.h */

/* WORLD_PROCESSES, WORLD_CGROUPS, WORLD_MOUNTS, of the machine; wish->pid and all that belongs to it always */
void world_read_processes(struct world *w, const struct world_wish *wish);
void world_read_containers(struct world *w, const struct world_wish *wish);
void world_read_cgroups(struct world *w, const struct world_wish *wish);
void world_read_mounts(struct world *w, const struct world_wish *wish);

/* "netns net1: WHAT: Operation not permitted" */
void world_unread_of(struct world *w, const struct world_netns *ns, const char *what, int error);
