/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The network: a bridge with NAT that all containers share, a veth pair and an address for each.
 *
 * BRIDGE, FORWARD and NAT are shared: whoever starts a container ensures them, whoever takes the last
 * address back undoes them. Both happen under the network's lock (net/lease.h), which run/ takes before
 * an address is chosen and which every undo here takes, so that "nobody is left" cannot become untrue
 * before the bridge is gone. The lock is let go by live_close() or when HOST has applied its first part.
 *
 * To take away a bridge the kernel waits for RCU grace periods, some 60 ms. So undo of the three only leaves word that
 * it is to be done (lease_leave()), and run/engine/behind.h does it, by the same functions, with live->behind set.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "kernel/net/nft.h"
#include "kernel/process/nscall.h"
#include "kernel/process/proc.h"
#include "kernel/process/spawn.h"
#include "net/bridge.h"
#include "net/endpoint.h"
#include "net/lease.h"
#include "net/subnet.h"
#include "plan/live.h"
#include "plan/steps/loopback.h"

static int open_route(struct live *live, struct err *e)
{
	return live->route.fd >= 0 ? 0 : netlink_open(&live->route, NETLINK_ROUTE, e);
}

/* Lock the network and say whether any container still has an address in it. */
static int lock_and_count(struct live *live, const char *network, struct err *e)
{
	int r;

	if (live->leases.fd < 0) {
		autoclose int net = openat(live->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (net < 0)
			return errno == ENOENT ? 0 :
						 err_set(e, "state", errno, "open the directory of networks");
		if ((r = lease_open(&live->leases, net, network, e)) < 0)
			return r;
	}
	if (live->leases.lock < 0 && (r = lease_lock(&live->leases, e)) < 0)
		return r;
	return lease_count(&live->leases, e);
}

/* Is what the network's containers shared to be taken away, and now? 1, 0 or -errno. Without room for the word that it
 * is to be done, it is done here. */
static int take_away(struct live *live, const char *network, struct err *e)
{
	int n = lock_and_count(live, network, e);

	if (n != 0)
		return n < 0 ? n : 0;
	if (live->leases.fd < 0)
		return 1;
	if (live->behind || lease_leave(&live->leases) < 0)
		return (n = lease_lock_namespace(&live->leases, e)) < 0 ? n : 1;
	live->leaving = true;
	return 0;
}

/* ---- bridge ---- */

static struct bridge bridge_of(const struct step *s)
{
	struct bridge b = { .name = s->bridge.name, .mark = s->bridge.mark, .mtu = (uint32_t)s->bridge.mtu };

	ip4net_parse(s->bridge.address, &b.gateway);
	return b;
}

static int bridge_apply(const struct step *s, struct live *live, struct err *e)
{
	struct bridge b = bridge_of(s);
	int r = open_route(live, e);

	return r < 0 ? r : bridge_ensure(&live->route, &b, &live->bridge, e);
}

static void bridge_show(const struct step *s, struct str *out)
{
	const char *n = s->bridge.name;
	struct bridge b = bridge_of(s);
	uint8_t m[LINK_MAC];

	subnet_mac(b.gateway.addr, m);
	/* not by /sys, which may be another network namespace's */
	str_addf(out, "if ! ip link show %s >/dev/null 2>&1; then\n", n);
	str_addf(out, "\tip link add %s address %02x:%02x:%02x:%02x:%02x:%02x type bridge\n", n, m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	if (s->bridge.mtu)
		str_addf(out, "\tip link set %s mtu %llu\n", n, (unsigned long long)s->bridge.mtu);
	str_addf(out, "\tip link set %s alias %s\n", n, str_shell(out, s->bridge.mark));
	for (const struct bridge_setting *set = bridge_settings; set->name; set++)
		str_addf(out, "\t%secho %s > /proc/sys/net/%s/conf/%s/%s\n",
			 str_eq(set->family, "ipv6") ? "! [ -e /proc/sys/net/ipv6 ] || " : "", set->value,
			 set->family, n, set->name);
	str_addf(out, "\tip address add %s brd + dev %s\n", s->bridge.address, n);
	str_addf(out, "\tip link set %s up\nfi\n", n);
}

/* What is shared stays as long as there is a port. */
static void show_unless_used(const char *bridge, struct str *out)
{
	str_addf(out, "[ \"$(ip link show master %s 2>/dev/null)\" ] || ", bridge);
}

static void bridge_show_undo(const struct step *s, struct str *out)
{
	show_unless_used(s->bridge.name, out);
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->bridge.name);
}

static enum finding bridge_step_check(const struct step *s, struct live *live, struct str *text)
{
	struct bridge b = bridge_of(s);
	struct err e = { 0 };
	char line[512];
	int r = open_route(live, &e);

	r = r < 0 ? r : bridge_check(&live->route, live->arena, &b, &e);
	if (r == 0)
		return FOUND_AS_PLANNED;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? FOUND_MISSING : r == -ESTALE || r == -EEXIST ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static int bridge_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = take_away(live, s->bridge.network, e);

	if (r <= 0)
		return r;
	r = open_route(live, e);
	return r < 0 ? r : bridge_delete(&live->route, s->bridge.name, s->bridge.mark, e);
}

static const struct field bridge_fields[] = {
	FIELD(STR, bridge, name),    FIELD(STR, bridge, address), FIELD(STR, bridge, mark),
	FIELD(STR, bridge, network), FIELD(U64, bridge, mtu),     { 0 },
};

static const struct step_ops step_bridge = {
	.name = "bridge",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = bridge_fields,
	.apply = bridge_apply,
	.show = bridge_show,
	.show_undo = bridge_show_undo,
	.check = bridge_step_check,
	.undo = bridge_undo,
};

/* ---- nat ---- */

static int open_nat(const struct step *s, struct netlink *nl, struct nft_network *nat, struct err *e)
{
	*nat = (struct nft_network){ .comment = s->nat.mark, .bridge = s->nat.bridge };
	ip4net_parse(s->nat.subnet, &nat->subnet);
	return nft_open(nl, e);
}

static int nat_apply(const struct step *s, struct live *live, struct err *e)
{
	struct nft_network nat;
	int r = open_nat(s, &live->nft, &nat, e);

	return r < 0 ? r : nft_network_ensure(&live->nft, &nat, e);
}

static void nat_show(const struct step *s, struct str *out)
{
	const char *bridge = s->nat.bridge, *mark = s->nat.mark;

	str_addf(out, "nft list table ip %s 2>/dev/null | grep -qF 'comment \"%s\"' || nft -f - <<'EOF'\n",
		 NFT_TABLE, mark);
	str_addf(out, "table ip %s {\n\tchain postrouting {\n", NFT_TABLE);
	str_add(out, "\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
	str_addf(out, "\t\tip saddr %s oifname != \"%s\" masquerade comment \"%s\"\n\t}\n", s->nat.subnet,
		 bridge, mark);
	str_add(out, "\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n");
	str_addf(
		out,
		"\t\tiifname != \"%s\" oifname \"%s\" ct state invalid,new,untracked drop comment \"%s\"\n\t}\n}\nEOF\n",
		bridge, bridge, mark);
}

/* And what STEP_FORWARD did, which goes with the last network. */
static void nat_show_undo(const struct step *s, struct str *out)
{
	show_unless_used(s->nat.bridge, out);
	str_add(out, "for chain in postrouting forward; do\n");
	str_addf(
		out,
		"\tnft -a list chain ip %s $chain 2>/dev/null | grep -F 'comment \"%s\"' | sed 's/.*# handle //' |\n",
		NFT_TABLE, s->nat.mark);
	str_addf(out,
		 "\t\twhile read -r handle; do nft delete rule ip %s $chain handle $handle; done\ndone\n",
		 NFT_TABLE);
	str_addf(
		out,
		"if nft list table ip %s >\"$work/table\" 2>/dev/null && ! grep -q masquerade \"$work/table\"; then\n",
		NFT_TABLE);
	str_addf(
		out,
		"\tif grep -qF 'comment \"%s\"' \"$work/table\"; then echo 0 > /proc/sys/net/ipv4/ip_forward; fi\n",
		NFT_FORWARDING);
	str_addf(out, "\tnft delete table ip %s\nfi\n", NFT_TABLE);
}

static enum finding nat_check(const struct step *s, struct live *live, struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct nft_network nat;
	struct err e = { 0 };
	char line[512];
	int r = open_nat(s, &nl, &nat, &e);

	if (r == 0)
		r = nft_network_check(&nl, &nat, &e);
	netlink_close(&nl);
	if (r == 0)
		return FOUND_AS_PLANNED;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENOENT ? FOUND_MISSING : r == -ESTALE ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static int nat_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct nft_network nat;
	int r = take_away(live, s->nat.network, e);

	if (r <= 0)
		return r;
	r = open_nat(s, &nl, &nat, e);
	if (r == 0)
		r = nft_network_delete(&nl, s->nat.mark, e);
	netlink_close(&nl);
	return r;
}

static const struct field nat_fields[] = {
	FIELD(STR, nat, bridge),
	FIELD(STR, nat, subnet),
	FIELD(STR, nat, mark),
	FIELD(STR, nat, network),
	{ 0 },
};

static const struct step_ops step_nat = {
	.name = "nat",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = nat_fields,
	.apply = nat_apply,
	.show = nat_show,
	.show_undo = nat_show_undo,
	.check = nat_check,
	.undo = nat_undo,
};

/* ---- forward ---- */

/* That it was off before guise came is kept by a rule of the table, which forwards between nobody but the bridges and
 * the rest (kernel/net/nft.h): so it belongs to the network namespace, as the bridges do, and goes with it. The rule is
 * there before forwarding is on, and forwarding off before it goes. */
static int end_others(struct live *live, struct err *e)
{
	int r = live->nft.fd >= 0 ? 0 : nft_open(&live->nft, e);

	return r < 0 ? r : nft_forwarding_ensure(&live->nft, e);
}

static int write_forwarding(const struct step *s, const char *value, struct err *e)
{
	char path[256];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/%s", s->forward.name);
	r = io_write_small(AT_FDCWD, path, value);
	return r < 0 ? err_set(e, "forward", -r, "write %s to %s", value, path) : 0;
}

static int forward_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[256], now[16];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/%s", s->forward.name);
	if ((r = (int)io_read_small(AT_FDCWD, path, now, sizeof(now))) < 0)
		return err_set(e, "forward", -r, "read %s", path);
	if (str_eq(now, s->forward.value))
		return 0;
	if ((r = lease_lock_namespace(&live->leases, e)) < 0 || (r = end_others(live, e)) < 0)
		return r;
	/* privileged: the host forwards what comes in by any link; without it no packet of a container leaves the
	 * machine */
	return write_forwarding(s, s->forward.value, e);
}

static void forward_show(const struct step *s, struct str *out)
{
	str_addf(out, "if [ \"$(cat /proc/sys/%s)\" != %s ]; then\n", s->forward.name, s->forward.value);
	str_addf(out,
		 "\tnft 'add rule ip %s forward iifname != \"%s\" oifname != \"%s\" drop comment \"%s\"'\n",
		 NFT_TABLE, NFT_BRIDGES, NFT_BRIDGES, NFT_FORWARDING);
	str_addf(out, "\techo %s > /proc/sys/%s\nfi\n", s->forward.value, s->forward.name);
}

static enum finding forward_check(const struct step *s, struct live *live, struct str *text)
{
	char path[256], now[16];

	snprintf(path, sizeof(path), "/proc/sys/%s", s->forward.name);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return FOUND_UNKNOWN;
	if (str_eq(now, s->forward.value))
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->forward.name, now);
	return FOUND_DIFFERENT;
}

static int forward_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	bool ends = false;
	int r = take_away(live, s->forward.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = nft_forwarding_ends(&nl, s->forward.mark, &ends, e);
	netlink_close(&nl);
	return r < 0 || !ends ? r : write_forwarding(s, "0", e);
}

static const struct field forward_fields[] = {
	FIELD(STR, forward, name),
	FIELD(STR, forward, value),
	FIELD(STR, forward, mark),
	FIELD(STR, forward, network),
	{ 0 },
};

static const struct step_ops step_forward = {
	.name = "forward",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = forward_fields,
	.apply = forward_apply,
	.show = forward_show,
	.check = forward_check,
	.undo = forward_undo,
};

/* ---- lease ---- */

static int lease_apply(const struct step *s, struct live *live, struct err *e)
{
	return 0; /* run/engine/network.c took it to learn the address, which the plan's other steps hold */
}

static void lease_show(const struct step *s, struct str *out)
{
	str_addf(out, "# the address %s of network %s is the container's from here on\n", s->lease.address,
		 s->lease.network);
}

static enum finding lease_check(const struct step *s, struct live *live, struct str *text)
{
	char path[128], holder[80];

	snprintf(path, sizeof(path), "net/%s/%s", s->lease.network, s->lease.address);
	if (io_read_small(live->rundir, path, holder, sizeof(holder)) < 0)
		return FOUND_MISSING;
	if (str_eq(holder, live->id))
		return FOUND_AS_PLANNED;
	str_addf(text, "%s belongs to %s", s->lease.address, holder);
	return FOUND_DIFFERENT;
}

static int lease_undo(const struct step *s, struct live *live, struct err *e)
{
	struct ip4net addr;
	int r = lock_and_count(live, s->lease.network, e);

	if (r < 0 || live->leases.fd < 0 || ip4net_parse(s->lease.address, &addr) < 0)
		return r;
	return lease_release(&live->leases, addr.addr, live->id, e);
}

static const struct field lease_fields[] = { FIELD(STR, lease, network), FIELD(STR, lease, address), { 0 } };

static const struct step_ops step_lease = {
	.name = "lease",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = lease_fields,
	.apply = lease_apply,
	.show = lease_show,
	.check = lease_check,
	.undo = lease_undo,
};

/* ---- veth ---- */

static void parse_mac(const char *text, uint8_t mac[LINK_MAC])
{
	for (int i = 0; i < LINK_MAC; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

static int veth_apply(const struct step *s, struct live *live, struct err *e)
{
	struct link_veth v = { .name = s->veth.name,
			       .master = live->bridge,
			       .peer = s->veth.peer,
			       .netns = -1,
			       .pid = live->pid,
			       .mtu = (uint32_t)s->veth.mtu };
	struct ip4net address = { 0 };
	int r = open_route(live, e);

	ip4net_parse(s->veth.address, &address);
	v.peer_addr = address.addr;
	parse_mac(s->veth.mac, v.peer_mac);
	return r < 0 ? r : link_add_veth(&live->route, &v, e);
}

static void veth_show(const struct step *s, struct str *out)
{
	char mtu[32] = "";

	if (s->veth.mtu)
		snprintf(mtu, sizeof(mtu), " mtu %llu", (unsigned long long)s->veth.mtu);
	str_addf(out, "ip link add %s%s type veth peer name %s address %s%s netns $pid\n", s->veth.name, mtu,
		 s->veth.peer, s->veth.mac, mtu);
	str_addf(out, "ip link set %s master %s addrgenmode none\n", s->veth.name, s->veth.bridge);
	str_add(out,
		"# the bridge believes no other MAC address behind it, and the host none of its address\n");
	str_addf(out, "ip link set %s type bridge_slave learning off flood off locked on\n", s->veth.name);
	str_addf(out, "bridge fdb replace %s dev %s master static\n", s->veth.mac, s->veth.name);
	str_addf(out, "ip neighbour replace %s lladdr %s dev %s nud permanent\n", s->veth.address,
		 s->veth.mac, s->veth.bridge);
	str_addf(out, "ip link set %s up\n", s->veth.name);
}

/* What is not as it was made of the port; NULL: all is. */
static const char *veth_difference(const struct step *s, struct live *live, const struct link_info *veth)
{
	struct ip4net address = { 0 };
	struct link_info bridge;
	uint8_t mac[LINK_MAC];
	struct err ignored;

	if (link_get(&live->route, s->veth.bridge, &bridge, &ignored) < 0 || veth->master != bridge.index)
		return "not on its bridge";
	if (!(veth->flags & IFF_UP))
		return "down";
	if (veth->learns || veth->floods || veth->open)
		return "no longer guarded: its bridge learns, floods or lets in other MAC addresses";
	parse_mac(s->veth.mac, mac);
	ip4net_parse(s->veth.address, &address);
	if (neigh_is(&live->route, veth->index, NEIGH_PORT, mac, &ignored) == 0)
		return "not known to its bridge by its MAC address";
	if (neigh_is(&live->route, bridge.index, address.addr, mac, &ignored) == 0)
		return "not the only one that can claim its address";
	return NULL;
}

static void veth_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->veth.name);
}

static enum finding veth_check(const struct step *s, struct live *live, struct str *text)
{
	const char *difference;
	struct link_info veth;
	struct err e = { 0 };

	if (open_route(live, &e) < 0)
		return FOUND_UNKNOWN;
	if (link_get(&live->route, s->veth.name, &veth, &e) < 0)
		return FOUND_MISSING;
	difference = veth_difference(s, live, &veth);
	if (!difference)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->veth.name, difference);
	return FOUND_DIFFERENT;
}

/* That the host knows its address by its MAC address is an entry of the bridge, which stays. */
static int forget_neighbour(const struct step *s, struct live *live, struct err *e)
{
	struct ip4net address = { 0 };
	struct netlink_batch b;
	struct link_info bridge;
	int r = open_route(live, e);

	if (r < 0)
		return r;
	if ((r = link_get(&live->route, s->veth.bridge, &bridge, e)) < 0)
		return r == -ENODEV ? 0 : r;
	ip4net_parse(s->veth.address, &address);
	netlink_start(&b);
	neigh_put_delete(&b, bridge.index, s->veth.bridge, address.addr);
	return netlink_run(&live->route, &b, NULL, NULL, e);
}

/* The kernel takes the pair away when the container's namespace goes, in the background, some
 * milliseconds after the last process in it; asked to delete it, it lets us wait as long (25 ms, for RCU).
 * So it is deleted only where the namespace may live on: another container was started in it. */
static int veth_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = forget_neighbour(s, live, e);

	if (faccessat(live->rundir, arena_printf(live->arena, "containers/%s/shared", live->id), F_OK, 0) < 0)
		return r;
	/* its name is made of the container's id: no other link has it */
	return r < 0 ? r : link_delete(&live->route, s->veth.name, e);
}

static const struct field veth_fields[] = {
	FIELD(STR, veth, name),
	FIELD(STR, veth, peer),
	FIELD(STR, veth, bridge),
	FIELD(STR, veth, mac),
	FIELD(STR, veth, address),
	FIELD(U64, veth, mtu),
	{ 0 },
};

static const struct step_ops step_veth = {
	.name = "veth",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = veth_fields,
	.apply = veth_apply,
	.show = veth_show,
	.show_undo = veth_show_undo,
	.check = veth_check,
	.undo = veth_undo,
};

/* ---- inside: address ---- */

static struct endpoint endpoint_of(const struct step *s)
{
	struct endpoint ep = { .link = s->address.link };
	struct ip4net gateway = { 0 };

	ip4net_parse(s->address.address, &ep.addr);
	ip4net_parse(s->address.gateway, &gateway);
	ep.gateway = gateway.addr;
	return ep;
}

static int address_apply(const struct step *s, struct live *live, struct err *e)
{
	struct endpoint ep = endpoint_of(s);

	return endpoint_configure(&ep, e);
}

static void address_show(const struct step *s, struct str *out)
{
	struct endpoint ep = endpoint_of(s);
	uint8_t m[LINK_MAC];

	subnet_mac(ep.gateway, m);
	str_addf(out, "ip link set lo up\nip link set %s up\n", s->address.link);
	str_addf(out, "ip address add %s brd + dev %s\n", s->address.address, s->address.link);
	str_addf(out, "ip neighbour replace %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s nud permanent\n",
		 s->address.gateway, m[0], m[1], m[2], m[3], m[4], m[5], s->address.link);
	str_addf(out, "ip route add default via %s\n", s->address.gateway);
}

static int open_inside(const void *arg, void *out)
{
	struct netlink nl;
	struct err e;
	int r = netlink_open(&nl, NETLINK_ROUTE, &e);

	memcpy(out, &nl, sizeof(nl));
	return r;
}

/* rtnetlink in the container's network namespace, or NULL with e filled. */
static struct netlink *route_inside(struct live *live, struct err *e)
{
	int r = 0;

	if (live->inside.fd < 0)
		r = ns_call(live->pidfd, CLONE_NEWNET, open_inside, NULL, &live->inside,
			    sizeof(live->inside));
	if (r < 0) {
		err_set(e, "namespace-join", -r, "look into the network namespace of process %d", live->pid);
		return NULL;
	}
	return &live->inside;
}

static enum finding address_check(const struct step *s, struct live *live, struct str *text)
{
	struct endpoint ep = endpoint_of(s);
	struct err e = { 0 };
	struct netlink *nl = route_inside(live, &e);
	char line[512];
	int r = nl ? endpoint_check(nl, live->arena, &ep, &e) : -e.no;

	if (r == 0)
		return loopback_look(live, text);
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? FOUND_MISSING : r == -ESTALE ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static const struct field address_fields[] = {
	FIELD(STR, address, link),
	FIELD(STR, address, address),
	FIELD(STR, address, gateway),
	{ 0 },
};

static const struct step_ops step_address = {
	.name = "address",
	.section = SECTION_NETWORK,
	.side = SIDE_INIT,
	.fields = address_fields,
	.apply = address_apply,
	.show = address_show,
	.check = address_check,
};

/* ---- pasta ---- */

/* What it says matters only then; on each run it is about what the host has and lacks. The last line is the reason. */
static int pasta_failed(int said, int status, struct err *e)
{
	char text[2048];
	ssize_t n = read(said, text, sizeof(text) - 1);
	char *last = text;

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		last = line;
	err_set(e, "pasta", EIO, "connect the container with pasta");
	err_cause(e, "it exited with status %d%s%s", status, *last ? ": " : "", last);
	return err_hint(e, "it needs /dev/net/tun; or run with --network none");
}

/* pasta(1) connects a namespace to the outside by sockets of the user who runs it: the only program
 * guise starts, because it is the only way out for a user without privilege. It goes into the background
 * when the network is up, and leaves its pid. */
static int pasta_apply(const struct step *s, struct live *live, struct err *e)
{
	char pid[16], pidfile[256];
	char *argv[] = { "pasta",   "--config-net", "--quiet", "-t", "none", "-u",
			 "none",    "-T",           "none",    "-U", "none", "--dns-forward",
			 PASTA_DNS, "--pid",        pidfile,   pid,  NULL };
	int said[2], status, r;

	if (pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, "pasta", errno, "make a pipe for pasta");
	autoclose int from = said[0], to = said[1];
	snprintf(pid, sizeof(pid), "%d", live->pid);
	snprintf(pidfile, sizeof(pidfile), "%s", s->pasta.pidfile);
	if ((r = spawn_wait(argv, to, &status, e)) < 0)
		return err_hint(e, "install it (Debian: passt), or run with --network none");
	return status == 0 ? 0 : pasta_failed(from, status, e);
}

static void pasta_show(const struct step *s, struct str *out)
{
	str_add(out, "pasta --config-net --quiet -t none -u none -T none -U none --dns-forward " PASTA_DNS
		     " $pid\n");
}

/* A pidfd of the container's pasta, -1 if it has ended: the pid may be another's by now, so the descriptor pins
 * it, then its name is looked at. (pasta is a link to passt, which executes passt.avx2 where it can.) */
static int open_pasta(const struct step *s)
{
	char text[16], comm[64] = "";
	pid_t pid = io_read_small(AT_FDCWD, s->pasta.pidfile, text, sizeof(text)) > 0 ? atoi(text) : 0;
	autoclose int fd = pid > 0 ? proc_open(pid, proc_start_time(pid)) : -1;

	if (fd < 0 || proc_comm(pid, comm, sizeof(comm)) < 0)
		return -1;
	if (strncmp(comm, "pasta", 5) != 0 && strncmp(comm, "passt", 5) != 0)
		return -1;
	return take_fd(&fd);
}

static enum finding pasta_check(const struct step *s, struct live *live, struct str *text)
{
	autoclose int fd = open_pasta(s);

	if (fd >= 0)
		return FOUND_AS_PLANNED;
	str_add(text, "pasta has ended");
	return FOUND_MISSING;
}

static int pasta_undo(const struct step *s, struct live *live, struct err *e)
{
	autoclose int fd = open_pasta(s);

	if (fd >= 0 && proc_kill(fd, SIGTERM) < 0 && errno != ESRCH)
		return err_set(e, "pasta", errno, "stop the pasta of %s", s->pasta.pidfile);
	return 0;
}

static const struct field pasta_fields[] = { FIELD(STR, pasta, pidfile), { 0 } };

static const struct step_ops step_pasta = {
	.name = "pasta",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = pasta_fields,
	.apply = pasta_apply,
	.show = pasta_show,
	.check = pasta_check,
	.undo = pasta_undo,
};

/* The steps that only an executable with a network of its own has: see step.c. */
const struct step_ops *const step_network[STEP_COUNT] = {
	[STEP_LEASE] = &step_lease, [STEP_BRIDGE] = &step_bridge, [STEP_FORWARD] = &step_forward,
	[STEP_NAT] = &step_nat,     [STEP_VETH] = &step_veth,     [STEP_ADDRESS] = &step_address,
	[STEP_PASTA] = &step_pasta,
};
