/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/net/netlink.h"
#include "observe/world/world.h"

/*
 * Waits until a world may be another one than it was when it was read. The kernel tells; nothing is asked for again and
 * again:
 *
 *   netlink      links, addresses, routes, rules, queues, forwarding, namespaces that end, nf_tables' transactions: of ours
 *                and of all that it has a number for (NETLINK_LISTEN_ALL_NSID, Linux 4.2). A namespace with a cable to ours
 *                has one; world_watch_number() has the kernel choose one for the others. So nothing holds them: a socket
 *                in each would keep it alive.
 *   mountinfo    the table of mounts, where a namespace gets and loses a name: poll(2) tells of its changes
 *   inotify      directories, where containers come and go
 *
 * Nobody tells of a namespace that a process makes for itself, until something happens in it, nor of iptables-legacy.
 */
struct world_watch {
	struct netlink route;
	int rules; /* nf_tables' socket; -1: the kernel has none */
	int mounts;
	int changes; /* inotify */
	int signals; /* signalfd(2) */
};

enum world_watch_end {
	WORLD_WATCH_CHANGED, /* or the window has another size */
	WORLD_WATCH_ENDED,   /* by SIGINT, SIGTERM or SIGHUP */
};

/* Opened before the world is read, lest something be missed. From then on these signals and SIGWINCH are blocked. Directories
 * that are not there are not watched. */
int world_watch_open(struct world_watch *watch, const struct strv *directories, struct err *e);
void world_watch_number(const struct world *w);

/* Several events shortly after one another are one change. The end, or -errno. */
int world_watch_wait(struct world_watch *watch, struct err *e);
void world_watch_close(struct world_watch *watch);
