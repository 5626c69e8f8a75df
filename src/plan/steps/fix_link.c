/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A link is set: see repair.h. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/link.h"
#include "plan/steps/repair.h"

/* What can be set of one, and ip(8)'s words for it. */
static const struct property {
	const char *key;
	enum { FLAG, FLAG_OFF, MASTER, MTU, MAC, PORT, BRIDGE, VLAN, NETNS } how;
	unsigned what; /* IFF_*, IFLA_BRPORT_*, IFLA_BR_* */
} properties[] = {
	{ "state", FLAG, IFF_UP },
	{ "arp", FLAG_OFF, IFF_NOARP },
	{ "master", MASTER, 0 },
	{ "mtu", MTU, 0 },
	{ "address", MAC, 0 },
	{ "port-state", PORT, IFLA_BRPORT_STATE },
	{ "isolated", PORT, IFLA_BRPORT_ISOLATED },
	{ "learning", PORT, IFLA_BRPORT_LEARNING },
	{ "flood", PORT, IFLA_BRPORT_UNICAST_FLOOD },
	{ "locked", PORT, IFLA_BRPORT_LOCKED },
	{ "vlan_filtering", BRIDGE, IFLA_BR_VLAN_FILTERING },
	{ "nf_call_iptables", BRIDGE, IFLA_BR_NF_CALL_IPTABLES },
	{ "nf_call_ip6tables", BRIDGE, IFLA_BR_NF_CALL_IP6TABLES },
	{ "vlan", VLAN, 0 },   /* the port's own one, for what has no tag */
	{ "netns", NETNS, 0 }, /* it is moved: from where it was */
};

static const struct property *property_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (str_eq(properties[i].key, key))
			return &properties[i];
	return NULL;
}

static bool is_on(const char *value)
{
	return str_eq(value, "on") || str_eq(value, "up");
}

static uint8_t number_of(const char *value)
{
	return is_on(value) ? 1 : (uint8_t)strtoul(value, NULL, 10);
}

static int put_master(struct netlink *nl, struct netlink_batch *b, int index, const char *link,
		      const char *master, struct err *e)
{
	struct link_info bridge = { 0 };
	int r = *master ? link_get(nl, master, &bridge, e) : 0;

	if (r == 0)
		link_put_master(b, index, link, bridge.index);
	return r;
}

static void put_mac(struct netlink_batch *b, int index, const char *link, const char *text)
{
	uint8_t mac[LINK_MAC];

	for (int i = 0; i < LINK_MAC; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
	link_put_mac(b, index, link, mac);
}

/* The VLAN that was goes. */
static void put_vlan(struct netlink_batch *b, int index, const char *link, const char *value, const char *was)
{
	if (*value)
		link_put_vlan(b, index, link, (uint16_t)strtoul(value, NULL, 10), true);
	if (*was && !str_eq(was, value))
		link_put_vlan(b, index, link, (uint16_t)strtoul(was, NULL, 10), false);
}

/* In a batch of its own: the descriptor is closed here. */
static int move(struct netlink *nl, int index, const char *link, const char *netns, struct err *e)
{
	autoclose int ns = open(*netns ? netns : "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct netlink_batch b;

	if (ns < 0)
		return err_set(e, "namespace-join", errno, "find the network namespace %s", netns);
	netlink_start(&b);
	link_put_move(&b, index, link, ns, link);
	return netlink_run(nl, &b, NULL, NULL, e);
}

static int put(struct netlink *nl, struct netlink_batch *b, int index, const struct step_fix_link *s,
	       const char *value, const char *was, struct err *e)
{
	const struct property *p = property_of(s->key);

	if (!p || (p->how == MAC && __builtin_strlen(value) != 3 * LINK_MAC - 1))
		return err_set(e, "link-set", EINVAL, "set %s of link %s to %s", s->key, s->link, value);
	switch (p->how) {
	case FLAG:
	case FLAG_OFF:
		link_put_flags(b, index, s->link, is_on(value) == (p->how == FLAG) ? p->what : 0, p->what);
		return 0;
	case MASTER:
		return put_master(nl, b, index, s->link, value, e);
	case MTU:
		link_put_mtu(b, index, s->link, (uint32_t)strtoul(value, NULL, 10));
		return 0;
	case MAC:
		put_mac(b, index, s->link, value);
		return 0;
	case PORT:
		link_put_port(b, index, s->link, (uint16_t)p->what, number_of(value));
		return 0;
	case BRIDGE:
		link_put_bridge(b, index, s->link, (uint16_t)p->what, number_of(value));
		return 0;
	case VLAN:
		put_vlan(b, index, s->link, value, was);
		return 0;
	case NETNS:
		return move(nl, index, s->link, value, e);
	}
	return 0;
}

static int set(const struct step_fix_link *s, const char *value, const char *was, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct netlink_batch b;
	int index, r = fix_open_link(str_eq(s->key, "netns") ? was : s->netns, s->link, &nl, &index, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	if ((r = put(&nl, &b, index, s, value, was, e)) == 0 && b.count)
		r = netlink_run(&nl, &b, NULL, NULL, e);
	netlink_close(&nl);
	return r;
}

static int fix_link_apply(const struct step *s, struct live *live, struct err *e)
{
	return set(&s->fix_link, s->fix_link.value, s->fix_link.was, e);
}

static int fix_link_undo(const struct step *s, struct live *live, struct err *e)
{
	return set(&s->fix_link, s->fix_link.was, s->fix_link.value, e);
}

/* By a name of ip-netns(8), or by a process: the shell itself is in the one that it is typed in. */
static void show_netns(const char *netns, struct str *out)
{
	const char *name = str_after(netns, "/run/netns/"), *pid = str_after(netns, "/proc/");

	if (name)
		str_addf(out, "netns %s\n", str_shell(out, name));
	else if (pid)
		str_addf(out, "netns %.*s\n", (int)strcspn(pid, "/"), pid);
	else
		str_add(out, "netns $$\n");
}

static void show(const struct step_fix_link *s, const char *value, const char *was, struct str *out)
{
	const struct property *p = property_of(s->key);
	bool moves = str_eq(s->key, "netns");
	const char *link = str_shell(out, s->link), *enter = fix_enter(out, moves ? was : s->netns);

	if (p && p->how == VLAN) {
		if (*value)
			str_addf(out, "%sbridge vlan add dev %s vid %s pvid untagged\n", enter, link,
				 str_shell(out, value));
		if (*was && !str_eq(was, value))
			str_addf(out, "%sbridge vlan delete dev %s vid %s\n", enter, link,
				 str_shell(out, was));
		return;
	}
	str_addf(out, "%sip link set %s ", enter, link);
	if (moves)
		show_netns(value, out);
	else if (str_eq(s->key, "state"))
		str_addf(out, "%s\n", is_on(value) ? "up" : "down");
	else if (str_eq(s->key, "master") && !*value)
		str_add(out, "nomaster\n");
	else if (p && (p->how == PORT || p->how == BRIDGE))
		str_addf(out, "type %s %s %s\n", p->how == PORT ? "bridge_slave" : "bridge",
			 str_eq(s->key, "port-state") ? "state" : s->key, str_shell(out, value));
	else
		str_addf(out, "%s %s\n", s->key, str_shell(out, value));
}

static void fix_link_show(const struct step *s, struct str *out)
{
	show(&s->fix_link, s->fix_link.value, s->fix_link.was, out);
}

static void fix_link_show_undo(const struct step *s, struct str *out)
{
	show(&s->fix_link, s->fix_link.was, s->fix_link.value, out);
}

static const struct field fix_link_fields[] = {
	FIELD(STR, fix_link, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_link, link, .compare = COMPARE_KEY),
	FIELD(STR, fix_link, key, .compare = COMPARE_KEY),
	FIELD(STR, fix_link, value),
	FIELD(STR, fix_link, was, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_fix_link = {
	.name = "fix-link",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_link_fields,
	.apply = fix_link_apply,
	.show = fix_link_show,
	.show_undo = fix_link_show_undo,
	.read = fix_read,
	.undo = fix_link_undo,
};
