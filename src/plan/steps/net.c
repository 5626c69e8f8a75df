/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The network: a bridge with NAT that all containers share, a veth pair and an address for each.
 *
 * BRIDGE, FORWARD and NAT are shared: whoever starts a container ensures them, whoever takes the last
 * address back undoes them. Both happen under the network's lock (net/lease.h), which run/ takes before an
 * address is chosen and which every undo here takes, so that "nobody is left" cannot become untrue before
 * the bridge is gone. The lock is let go by live_close() or when HOST has applied its first part. A
 * container with several networks has these steps for each, one network after the other.
 *
 * To take away a bridge the kernel waits for RCU grace periods, some 60 ms. So undo of the three only
 * leaves word that it is to be done (lease_leave()), and run/engine/behind.h does it, by the same
 * functions, with live->behind set.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sched.h>

#include "base/fd.h"
#include "kernel/net/nft.h"
#include "kernel/process/nscall.h"
#include "net/lease.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

int net_open_route(struct live *live, struct err *e)
{
	return live->route.fd >= 0 ? 0 : netlink_open(&live->route, NETLINK_ROUTE, e);
}

int net_open_nft(struct live *live, struct err *e)
{
	return live->nft.fd >= 0 ? 0 : nft_open(&live->nft, e);
}

int net_found(int r, const struct err *e, struct str *text)
{
	char line[512];

	if (r == 0)
		return READ_FOUND;
	str_add(text, err_line(e, line, sizeof(line)));
	return r == -ENOENT ? READ_MISSING : r == -ESTALE ? READ_CHANGED : READ_UNKNOWN;
}

struct netlink *net_route(struct target *t, struct err *e)
{
	return t->route.fd >= 0 || netlink_open(&t->route, NETLINK_ROUTE, e) == 0 ? &t->route : NULL;
}

static int open_inside(const void *arg, void *out)
{
	struct netlink nl;
	struct err e;
	int r = netlink_open(&nl, NETLINK_ROUTE, &e);

	memcpy(out, &nl, sizeof(nl));
	return r;
}

struct netlink *net_route_inside(struct target *t, struct err *e)
{
	int r = 0;

	if (t->inside.fd < 0)
		r = ns_call(t->pidfd, CLONE_NEWNET, open_inside, NULL, &t->inside, sizeof(t->inside));
	if (r < 0) {
		err_set(e, "namespace-join", -r, "look into the network namespace of process %d", t->pid);
		return NULL;
	}
	return &t->inside;
}

const char *net_name(const char *network)
{
	const char *slash = strrchr(network, '/');

	return slash ? slash + 1 : network;
}

bool net_is_here(const char *network)
{
	struct stat here;

	/* as run/engine/network.c made it */
	return !strchr(network, '/') || (stat("/proc/self/ns/net", &here) == 0 &&
					 strtoull(network, NULL, 10) == (unsigned long long)here.st_ino);
}

static int open_leases(struct live *live, struct live_network *n, struct err *e)
{
	autoclose int net = -1;

	if (n->leases.fd >= 0)
		return 0;
	net = openat(live->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (net < 0)
		return errno == ENOENT ? 0 : err_set(e, "state", errno, "open the directory of networks");
	return lease_open(&n->leases, net, n->dir, e);
}

int net_lock(struct live *live, const char *network, struct lease_dir **leases, struct err *e)
{
	struct live_network *n = live_network(live, network);
	int r = open_leases(live, n, e);

	*leases = n->leases.fd >= 0 ? &n->leases : NULL;
	if (r < 0 || !*leases || n->leases.lock >= 0)
		return r;
	live_unlock_networks(live);
	return lease_lock(&n->leases, e);
}

int net_lock_and_ask(struct live *live, const char *network, struct lease_dir **leases, struct err *e)
{
	int r = net_lock(live, network, leases, e);

	return r < 0 || !*leases ? r : lease_any(*leases, e);
}

int net_take_away(struct live *live, const char *network, struct err *e)
{
	struct lease_dir *leases;
	int n = net_lock_and_ask(live, network, &leases, e);

	if (n != 0)
		return n < 0 ? n : 0;
	if (!net_is_here(network)) { /* the next guise that is there finds the word */
		if (leases)
			lease_leave(leases);
		return 0;
	}
	if (!leases)
		return 1;
	if (live->behind || lease_leave(leases) < 0)
		return (n = lease_lock_namespace(&live->namespace, e)) < 0 ? n : 1;
	live_network(live, network)->leaving = true;
	return 0;
}

int net_bridge_full(const char *network, const char *bridge, struct err *e)
{
	err_set(e, "bridge-full", EXFULL, "connect the container to network %s", net_name(network));
	err_cause(e, "its bridge %s has 1,023 ports, and no bridge can have more", bridge);
	return err_hint(e, "use another network (`guise network create`), or end containers of this one");
}

int net_no_rules(int r, struct err *e)
{
	if (r != -EOPNOTSUPP)
		return r;
	*e = (struct err){ 0 };
	return 0;
}

void net_show_address(const char *address, const char *link, const char *indent, struct str *out)
{
	str_addf(out, "%sip address add %s %s dev %s\n", indent, address,
		 strchr(address, ':') ? "nodad" : "brd +", link);
}

void net_parse_mac(const char *text, uint8_t mac[static 6])
{
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

void net_show_unless_used(const char *bridge, struct str *out)
{
	str_addf(out, "[ \"$(ip link show master %s 2>/dev/null)\" ] || ", bridge);
}

/* The steps that only an executable with a network of its own has: see plan/steps/table.c. */
const struct step_ops *const step_network[STEP_COUNT] = {
	[STEP_LEASE] = &step_lease,
	[STEP_BRIDGE] = &step_bridge,
	[STEP_VLAN] = &step_vlan,
	[STEP_FORWARD] = &step_forward,
	[STEP_DNS_SERVER] = &step_dns_server,
	[STEP_TRUNK] = &step_trunk,
	[STEP_NAT] = &step_nat,
	[STEP_VETH] = &step_veth,
	[STEP_ADDRESS] = &step_address,
	[STEP_UPPER] = &step_upper,
	[STEP_SHAPE] = &step_shape,
	[STEP_SHAPE_INSIDE] = &step_shape_inside,
	[STEP_PASTA] = &step_pasta,
	[STEP_PASS] = &step_pass,
	[STEP_NAMES] = &step_names,
	[STEP_PORTS] = &step_ports,
	[STEP_LOCALNET] = &step_localnet,
	[STEP_PUBLISH] = &step_publish,
	[STEP_NETNS_NAME] = &step_netns_name,
	[STEP_FIX_LINK] = &step_fix_link,
	[STEP_FIX_ADDRESS] = &step_fix_address,
	[STEP_FIX_NEIGHBOUR] = &step_fix_neighbour,
	[STEP_FIX_ROUTE] = &step_fix_route,
	[STEP_FIX_POLICY] = &step_fix_policy,
	[STEP_FIX_SETTING] = &step_fix_setting,
	[STEP_FIX_RULE] = &step_fix_rule,
	[STEP_FIX_PROGRAM] = &step_fix_program,
};
