/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "observe/world/parts.h"
#include "observe/world/rules.h"

/* What is read within a network namespace, and in which order. */

static int open_names(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Of the rules' readers: what failed. */
static void note(struct world *w, struct world_netns *ns, const char *what, int r)
{
	if (r >= 0)
		return;
	ns->rules_unread = true;
	world_unread_of(w, ns, what, r);
}

static void read_rules(struct world *w, struct world_netns *ns)
{
	autoclose int netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	autoclose int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int raw6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int names = open_names("/proc/thread-self/net/ip_tables_names");
	autoclose int names6 = open_names("/proc/thread-self/net/ip6_tables_names");
	struct rules_from from = { netfilter, raw, raw6, names, names6 };
	struct err e;

	note(w, ns, "nf_tables", rules_read_nft(w->arena, ns, &from, &e));
	note(w, ns, "xtables", rules_read_xtables(w->arena, ns, &from, &e));
	note(w, ns, "ebtables", rules_read_ebtables(w->arena, ns, &from, &e));
	note(w, ns, "ipset", rules_read_ipsets(w->arena, ns, &from, &e));
}

static void read_network(struct world *w, struct world_netns *ns)
{
	struct netlink nl;
	struct err e;
	int r = netlink_open(&nl, NETLINK_ROUTE, &e);

	if (r < 0)
		return world_unread_of(w, ns, "network", r);
	world_read_links(w, ns, &nl);
	world_read_nsids(w, ns, &nl);
	world_read_addrs(w, ns, &nl);
	world_read_routes(w, ns, &nl);
	world_read_policy(w, ns, &nl);
	world_read_neighs(w, ns, &nl);
	world_read_qdiscs(w, ns, &nl);
	world_read_sockets(w, ns);
	netlink_close(&nl);
}

static void read_inside(struct world *w, struct world_netns *ns, void *arg)
{
	const unsigned *parts = arg;

	if (*parts & WORLD_NETWORK)
		read_network(w, ns);
	if (*parts & WORLD_RULES)
		read_rules(w, ns);
	if (*parts & WORLD_NETWORK)
		world_read_sysctls(w, ns);
	world_put_in_order(ns);
}

void world_read_inside(struct world *w, unsigned parts)
{
	world_visit(w, NULL, read_inside, &parts);
	world_find_peers(w);
}
