/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

/* A burst is over when it was quiet for so long, or had lasted for so long; milliseconds. */
enum { QUIET = 80, BURST = 1000 };

enum { ROUTE, RULES, MOUNTS, CHANGES, SIGNALS, SOURCES };

static const int route_groups[] = {
	RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR,  RTNLGRP_IPV6_IFADDR,  RTNLGRP_IPV4_ROUTE,
	RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,    RTNLGRP_IPV6_RULE,    RTNLGRP_NSID,
	RTNLGRP_TC,         RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF, /* forwarding, rp_filter */
};

/* ---- opening ---- */

/* Bound first: one without an address passes for the sender of what the kernel itself tells, and is not told. */
static int join(int fd, const int *groups, size_t n)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) < 0)
			return -errno;
	/* Without the privilege only of this namespace. */
	setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &(int){ 1 }, sizeof(int));
	return 0;
}

static int open_netlink(struct world_watch *watch, struct err *e)
{
	static const int group = NFNLGRP_NFTABLES;
	struct netlink rules = NETLINK_CLOSED;
	struct err none = { 0 };
	int r = netlink_open(&watch->route, NETLINK_ROUTE, e);

	if (r < 0)
		return r;
	r = join(watch->route.fd, route_groups, ARRAY_LEN(route_groups));
	if (r < 0)
		return err_set(e, "watch-netlink", -r, "watch the links of the machine");
	if (netlink_open(&rules, NETLINK_NETFILTER, &none) == 0 && join(rules.fd, &group, 1) == 0)
		watch->rules = take_fd(&rules.fd);
	netlink_close(&rules);
	return 0;
}

static int open_signals(struct world_watch *watch, struct err *e)
{
	static const int list[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		sigaddset(&set, list[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return watch->signals < 0 ? err_set(e, "watch-signals", errno, "wait for signals") : 0;
}

int world_watch_open(struct world_watch *watch, const struct strv *directories, struct err *e)
{
	int r;

	*watch = (struct world_watch){ NETLINK_CLOSED, -1, -1, -1, -1 };
	if ((r = open_netlink(watch, e)) < 0 || (r = open_signals(watch, e)) < 0) {
		world_watch_close(watch);
		return r;
	}
	watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	watch->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (size_t i = 0; watch->changes >= 0 && i < directories->n; i++)
		inotify_add_watch(watch->changes, directories->v[i],
				  IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
	return 0;
}

void world_watch_close(struct world_watch *watch)
{
	netlink_close(&watch->route);
	fd_close(&watch->rules);
	fd_close(&watch->mounts);
	fd_close(&watch->changes);
	fd_close(&watch->signals);
}

/* ---- numbers of namespaces ---- */

/* That it has one already, or is gone, is no error. */
static void give_number(struct netlink *nl, const struct world_netns *ns)
{
	autoclose int fd = ns->path ? open(ns->path, O_RDONLY | O_CLOEXEC) : -1;
	struct netlink_batch b;
	struct err none = { 0 };

	if (fd < 0)
		return;
	netlink_start(&b);
	netlink_add(&b, RTM_NEWNSID, 0, sizeof(struct rtgenmsg));
	netlink_put_u32(&b, NETNSA_NSID, (uint32_t)NETNSA_NSID_NOT_ASSIGNED);
	netlink_put_u32(&b, NETNSA_FD, (uint32_t)fd);
	netlink_run(nl, &b, NULL, NULL, &none);
}

void world_watch_number(const struct world *w)
{
	struct netlink nl = NETLINK_CLOSED;
	struct err none = { 0 };

	if (netlink_open(&nl, NETLINK_ROUTE, &none) < 0)
		return;
	for (size_t i = 0; i < w->n_netns; i++)
		if (!w->netns[i].is_host)
			give_number(&nl, &w->netns[i]);
	netlink_close(&nl);
}

/* ---- waiting ---- */

/* Whatever they say: that there are some is enough, also where some were lost (ENOBUFS). */
static void drain(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}

static void drain_file(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* 0, or 1 for a signal that ends it. */
static int drain_signals(int fd)
{
	struct signalfd_siginfo info;
	int ends = 0;

	while (read(fd, &info, sizeof(info)) == sizeof(info))
		ends = ends || info.ssi_signo != SIGWINCH;
	return ends;
}

/* At most for `time`. How many events there are, -errno; *ends: by a signal. */
static int wait_once(struct world_watch *watch, int time, int *ends)
{
	struct pollfd p[SOURCES] = {
		[ROUTE] = { watch->route.fd, POLLIN, 0 },  [RULES] = { watch->rules, POLLIN, 0 },
		[MOUNTS] = { watch->mounts, POLLPRI, 0 },  [CHANGES] = { watch->changes, POLLIN, 0 },
		[SIGNALS] = { watch->signals, POLLIN, 0 },
	};
	int n = poll(p, SOURCES, time);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[ROUTE].revents)
		drain(p[ROUTE].fd);
	if (p[RULES].revents)
		drain(p[RULES].fd);
	if (p[CHANGES].revents)
		drain_file(p[CHANGES].fd);
	if (p[SIGNALS].revents)
		*ends = drain_signals(p[SIGNALS].fd);
	return n;
}

int world_watch_wait(struct world_watch *watch, struct err *e)
{
	int64_t first = 0;
	int ends = 0;

	for (;;) {
		int n = wait_once(watch, first ? QUIET : -1, &ends);

		if (n < 0)
			return err_set(e, "watch", -n, "wait for changes");
		if (ends)
			return WORLD_WATCH_ENDED;
		if (first && (n == 0 || clock_ms() - first >= BURST))
			return WORLD_WATCH_CHANGED;
		if (n && !first)
			first = clock_ms();
	}
}
