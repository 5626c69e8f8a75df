/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A container's cable to its bridge. What is at its end: address.c. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static size_t addresses_of(const struct step_veth *s, struct ip addrs[static LINK_PEER_ADDRS])
{
	size_t n = 0;

	for (; n < s->addresses.n && n < LINK_PEER_ADDRS; n++)
		ip_parse(s->addresses.v[n], &addrs[n]);
	return n;
}

/* "10", "20-29" */
static struct vlan_port vlans_of(const struct step_veth *s)
{
	struct vlan_port port = { .own = (uint16_t)s->vlan, .no_default = s->no_default_vlan };

	for (; port.n_tagged < s->trunk.n && port.n_tagged < VLAN_RANGES; port.n_tagged++) {
		char *behind;
		struct vlan_range *range = &port.tagged[port.n_tagged];

		range->first = (uint16_t)strtoul(s->trunk.v[port.n_tagged], &behind, 10);
		range->last = *behind == '-' ? (uint16_t)strtoul(behind + 1, NULL, 10) : range->first;
	}
	return port;
}

static bool has_vlans(const struct step_veth *s)
{
	return s->vlan || s->trunk.n;
}

/* addrs and vlans are a part of it. */
static struct link_veth cable_of(const struct step_veth *s, int bridge,
				 struct ip addrs[static LINK_PEER_ADDRS], struct vlan_port *vlans)
{
	struct link_veth v = { .name = s->name,
			       .master = bridge,
			       .peer = s->peer,
			       .netns = -1,
			       .mtu = (uint32_t)s->mtu,
			       .reflects = s->hairpin,
			       .peer_addrs = addrs,
			       .n_peer_addrs = addresses_of(s, addrs) };

	*vlans = vlans_of(s);
	if (has_vlans(s))
		v.vlans = vlans;
	net_parse_mac(s->mac, v.peer_mac);
	return v;
}

static int add_cable(const struct step_veth *s, struct live *live, const struct link_veth *v, struct err *e)
{
	int r = link_add_veth(&live->route, v, e);

	return r == -EXFULL ? net_bridge_full(s->network, s->bridge, e) : r;
}

/* The one that knows its addresses: who has them, nobody on the network can say. */
static const char *first_of(const struct step_veth *s)
{
	return s->first ? s->first : s->bridge;
}

static int find_host(const struct step_veth *s, struct netlink *nl, int *index, struct err *e)
{
	struct link_info first;
	int r = s->first ? link_get(nl, s->first, &first, e) : 0;

	*index = s->first && r == 0 ? first.index : 0;
	return r;
}

static int veth_apply(const struct step *s, struct live *live, struct err *e)
{
	struct ip addrs[LINK_PEER_ADDRS];
	struct vlan_port vlans;
	struct link_veth v = cable_of(&s->veth, live_network(live, s->veth.network)->bridge, addrs, &vlans);
	int r = net_open_route(live, e);

	if (r == 0)
		r = find_host(&s->veth, &live->route, &v.host, e);
	v.netns = live->netns;
	v.pid = live->netns < 0 ? live->pid : 0;
	if (r < 0 || (r = add_cable(&s->veth, live, &v, e)) != -EEXIST)
		return r;
	if (s->veth.kept)
		return err_set(e, "link-exists", EEXIST, "make link %s", s->veth.peer),
		       err_cause(e, "there is one of that name in the container, or %s here", s->veth.name);
	/* that of the container's last run, which the kernel has not taken away yet */
	*e = (struct err){ 0 };
	r = link_delete(&live->route, s->veth.name, e);
	return r < 0 ? r : add_cable(&s->veth, live, &v, e);
}

static void show_vlans(const struct step_veth *s, struct str *out)
{
	if (s->vlan)
		str_addf(out, "bridge vlan add dev %s vid %llu pvid untagged\n", s->name, (unsigned long long)s->vlan);
	for (size_t i = 0; i < s->trunk.n; i++)
		str_addf(out, "bridge vlan add dev %s vid %s\n", s->name, s->trunk.v[i]);
	if (s->no_default_vlan && s->vlan != VLAN_DEFAULT)
		str_addf(out, "bridge vlan del dev %s vid %d\n", s->name, VLAN_DEFAULT);
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
	if (s->veth.hairpin)
		str_addf(out, "ip link set %s type bridge_slave hairpin on\n", s->veth.name);
	show_vlans(&s->veth, out);
	str_addf(out, "bridge fdb replace %s dev %s master static", s->veth.mac, s->veth.name);
	if (s->veth.vlan)
		str_addf(out, " vlan %llu", (unsigned long long)s->veth.vlan);
	str_add(out, "\n");
	for (size_t i = 0; i < s->veth.addresses.n; i++)
		str_addf(out, "ip neighbour replace %s lladdr %s dev %s nud permanent\n",
			 s->veth.addresses.v[i], s->veth.mac, first_of(&s->veth));
	str_addf(out, "ip link set %s up\n", s->veth.name);
}

/* What is not as it was made of the port; NULL: all is. */
static const char *veth_difference(const struct step_veth *s, struct target *t, const struct link_info *veth)
{
	struct ip addrs[LINK_PEER_ADDRS];
	size_t n = addresses_of(s, addrs);
	struct vlan_port vlans = vlans_of(s);
	struct link_info bridge, first;
	uint8_t mac[LINK_MAC];
	struct err ignored;

	if (link_get(&t->route, s->bridge, &bridge, &ignored) < 0 || veth->master != bridge.index)
		return "not on its bridge";
	if (!(veth->flags & IFF_UP))
		return "down";
	if (veth->learns || veth->floods || veth->open)
		return "no longer guarded: its bridge learns, floods or lets in other MAC addresses";
	if (veth->reflects != s->hairpin)
		return s->hairpin ? "no longer in hairpin mode" : "in hairpin mode";
	if (has_vlans(s) && vlan_is_port(&t->route, veth->index, &vlans, &ignored) == 0)
		return "not a member of its VLANs, or of others";
	net_parse_mac(s->mac, mac);
	if (neigh_is_port(&t->route, veth->index, mac, vlans.own, &ignored) == 0)
		return "not known to its bridge by its MAC address";
	if (link_get(&t->route, first_of(s), &first, &ignored) < 0)
		return s->vlan ? "without its VLAN's link on the host" : "not joined to its network's first bridge";
	for (size_t i = 0; i < n; i++)
		if (neigh_is(&t->route, first.index, addrs[i], mac, &ignored) == 0)
			return "not the only one that can claim its address";
	return NULL;
}

static void veth_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->veth.name);
}

static int veth_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *difference;
	struct link_info veth;
	struct err e = { 0 };

	if (!net_route(t, &e))
		return READ_UNKNOWN;
	if (link_get(&t->route, want->veth.name, &veth, &e) < 0)
		return READ_MISSING;
	difference = veth_difference(&want->veth, t, &veth);
	if (!difference)
		return READ_FOUND;
	str_addf(text, "%s is %s", want->veth.name, difference);
	return READ_CHANGED;
}

/* That the host knows its address by its MAC address is an entry of the bridge, which stays. If another has the address by
 * now (net/lease.h), the entry is that one's. */
static int forget_neighbour(const struct step_veth *s, struct live *live, struct err *e)
{
	struct ip addrs[LINK_PEER_ADDRS];
	size_t n = addresses_of(s, addrs);
	struct lease_dir *leases;
	struct netlink_batch b;
	struct link_info bridge;
	size_t own = 0;
	int r = net_open_route(live, e);

	if (r < 0 || n == 0 || (r = net_lock_and_ask(live, s->network, &leases, e)) < 0)
		return r;
	if ((r = link_get(&live->route, first_of(s), &bridge, e)) < 0)
		return r == -ENODEV ? 0 : r;
	netlink_start(&b);
	for (size_t i = 0; i < n; i++) {
		if (leases && !lease_is_of(leases, addrs[i], live->id))
			continue;
		neigh_put_delete(&b, bridge.index, first_of(s), addrs[i]);
		own++;
	}
	return own == 0 ? 0 : netlink_run(&live->route, &b, NULL, NULL, e);
}

/* The kernel takes the pair away when the container's namespace goes, in the background, some
 * milliseconds after the last process in it; asked to delete it, it lets us wait as long (25 ms, for RCU).
 * So it is deleted only where the namespace may live on: another container was started in it. */
static int veth_undo(const struct step *s, struct live *live, struct err *e)
{
	int r;

	if (!net_is_here(s->veth.network)) /* nor are its neighbours: another bridge may have the name here */
		return 0;
	r = forget_neighbour(&s->veth, live, e);

	if (!s->veth.kept &&
	    faccessat(live->rundir, arena_printf(live->arena, "containers/%s/shared", live->id), F_OK, 0) < 0)
		return r;
	/* its name is made of the container's id: no other link has it */
	return r < 0 ? r : link_delete(&live->route, s->veth.name, e);
}

/* A cable that is gone took the container's end with it, which only a new start makes again. */
static int veth_restore(const struct step *s, struct live *live, struct err *e)
{
	struct ip addrs[LINK_PEER_ADDRS];
	struct link_info bridge;
	struct vlan_port vlans;
	struct link_veth v;
	int r = net_open_route(live, e);

	if (r < 0 || (r = link_get(&live->route, s->veth.bridge, &bridge, e)) < 0)
		return r;
	v = cable_of(&s->veth, bridge.index, addrs, &vlans);
	if ((r = find_host(&s->veth, &live->route, &v.host, e)) < 0)
		return r;
	r = link_restore_veth(&live->route, &v, e);
	return r < 0 ? err_hint_for(
			       e, ENODEV,
			       "the cable is gone, and the container's end with it: start the container anew, or connect it again") :
		       0;
}

/* What the port is, and what its bridge knows of it, is compared with all of them at once:
 * veth_difference(). */
static const struct field veth_fields[] = {
	FIELD(STR, veth, name, .compare = COMPARE_KEY),
	FIELD(STR, veth, peer, .compare = COMPARE_KEY),
	FIELD(STR, veth, bridge, .compare = COMPARE_KEY),
	FIELD(MAYBE, veth, first, .compare = COMPARE_KEY),
	FIELD(STR, veth, mac, .compare = COMPARE_KEY),
	FIELD(STR, veth, network, .compare = COMPARE_KEY),
	FIELD(STRV, veth, addresses, .compare = COMPARE_KEY),
	FIELD(U64, veth, mtu, .compare = COMPARE_KEY),
	FIELD(U64, veth, vlan, .compare = COMPARE_KEY),
	FIELD(STRV, veth, trunk, .compare = COMPARE_KEY),
	FIELD(BOOL, veth, no_default_vlan, .compare = COMPARE_KEY),
	FIELD(BOOL, veth, hairpin, .compare = COMPARE_KEY),
	FIELD(BOOL, veth, kept, .compare = COMPARE_KEY),
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
	.read = veth_read,
	.undo = veth_undo,
	.restore = veth_restore,
	.network = offsetof(struct step, veth.network),
};

const struct step_veth *plan_next_veth(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_VETH, at);

	return s ? &s->veth : NULL;
}
