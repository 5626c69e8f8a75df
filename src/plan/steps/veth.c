/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A container's cable to its bridge, and the address at its end. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "kernel/process/nscall.h"
#include "net/bridge.h"
#include "net/endpoint.h"
#include "net/subnet.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/loopback.h"
#include "plan/steps/net.h"
#include "plan/target.h"

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
	struct ip address;
	int r = net_open_route(live, e);

	ip_parse(s->veth.address, &address);
	v.peer_addrs = &address;
	v.n_peer_addrs = 1;
	parse_mac(s->veth.mac, v.peer_mac);
	if (r < 0 || (r = link_add_veth(&live->route, &v, e)) != -EEXIST)
		return r;
	/* that of the container's last run, which the kernel has not taken away yet */
	*e = (struct err){ 0 };
	r = link_delete(&live->route, s->veth.name, e);
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
static const char *veth_difference(const struct step_veth *s, struct target *t, const struct link_info *veth)
{
	struct ip address;
	struct link_info bridge;
	uint8_t mac[LINK_MAC];
	struct err ignored;

	if (link_get(&t->route, s->bridge, &bridge, &ignored) < 0 || veth->master != bridge.index)
		return "not on its bridge";
	if (!(veth->flags & IFF_UP))
		return "down";
	if (veth->learns || veth->floods || veth->open)
		return "no longer guarded: its bridge learns, floods or lets in other MAC addresses";
	parse_mac(s->mac, mac);
	ip_parse(s->address, &address);
	if (neigh_is(&t->route, veth->index, NEIGH_PORT, mac, &ignored) == 0)
		return "not known to its bridge by its MAC address";
	if (neigh_is(&t->route, bridge.index, address, mac, &ignored) == 0)
		return "not the only one that can claim its address";
	return NULL;
}

static void veth_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->veth.name);
}

static enum finding veth_check(const struct step *s, struct target *t, struct str *text)
{
	const char *difference;
	struct link_info veth;
	struct err e = { 0 };

	if (!net_route(t, &e))
		return FOUND_UNKNOWN;
	if (link_get(&t->route, s->veth.name, &veth, &e) < 0)
		return FOUND_MISSING;
	difference = veth_difference(&s->veth, t, &veth);
	if (!difference)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->veth.name, difference);
	return FOUND_DIFFERENT;
}

/* That the host knows its address by its MAC address is an entry of the bridge, which stays. */
static int forget_neighbour(const struct step_veth *s, struct live *live, struct err *e)
{
	struct ip address;
	struct netlink_batch b;
	struct link_info bridge;
	int r = net_open_route(live, e);

	if (r < 0)
		return r;
	if ((r = link_get(&live->route, s->bridge, &bridge, e)) < 0)
		return r == -ENODEV ? 0 : r;
	ip_parse(s->address, &address);
	netlink_start(&b);
	neigh_put_delete(&b, bridge.index, s->bridge, address);
	return netlink_run(&live->route, &b, NULL, NULL, e);
}

/* The kernel takes the pair away when the container's namespace goes, in the background, some
 * milliseconds after the last process in it; asked to delete it, it lets us wait as long (25 ms, for RCU).
 * So it is deleted only where the namespace may live on: another container was started in it. */
static int veth_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = forget_neighbour(&s->veth, live, e);

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

const struct step_ops step_veth = {
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

/* ---- address, inside ---- */

static struct endpoint endpoint_of(const struct step_address *s)
{
	struct endpoint ep = { .link = s->link, .n = 1 };

	ip_parse(s->address, &ep.at[0].addr);
	ip_parse(s->gateway, &ep.at[0].gateway);
	subnet_mac(ep.at[0].gateway, ep.gateway_mac);
	return ep;
}

static int address_apply(const struct step *s, struct live *live, struct err *e)
{
	struct endpoint ep = endpoint_of(&s->address);

	return endpoint_configure(&ep, e);
}

static void address_show(const struct step *s, struct str *out)
{
	struct endpoint ep = endpoint_of(&s->address);
	uint8_t m[LINK_MAC];

	subnet_mac(ep.at[0].gateway, m);
	str_addf(out, "ip link set lo up\nip link set %s up\n", s->address.link);
	str_addf(out, "ip address add %s brd + dev %s\n", s->address.address, s->address.link);
	str_addf(out, "ip neighbour replace %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s nud permanent\n",
		 s->address.gateway, m[0], m[1], m[2], m[3], m[4], m[5], s->address.link);
	str_addf(out, "ip route add default via %s\n", s->address.gateway);
}

static enum finding address_check(const struct step *s, struct target *t, struct str *text)
{
	struct endpoint ep = endpoint_of(&s->address);
	struct err e = { 0 };
	struct netlink *nl = net_route_inside(t, &e);
	char line[512];
	int r = nl ? endpoint_check(nl, t->arena, &ep, &e) : -e.no;

	if (r == 0)
		return loopback_look(t, text);
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? FOUND_MISSING : r == -ESTALE ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static const struct field address_fields[] = {
	FIELD(STR, address, link),
	FIELD(STR, address, address),
	FIELD(STR, address, gateway),
	{ 0 },
};

const struct step_ops step_address = {
	.name = "address",
	.section = SECTION_NETWORK,
	.side = SIDE_INIT,
	.ns = "net",
	.fields = address_fields,
	.apply = address_apply,
	.show = address_show,
	.check = address_check,
};

const struct step_veth *plan_next_veth(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_VETH, at);

	return s ? &s->veth : NULL;
}

const struct step_address *plan_address(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_ADDRESS);

	return s ? &s->address : NULL;
}
