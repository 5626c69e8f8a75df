/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The bridge that a network's containers share: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <errno.h>

#include "kernel/net/link.h"
#include "net/bridge.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static struct bridge bridge_of(const struct step_bridge *s)
{
	struct bridge b = {
		.name = s->name, .mark = s->mark, .mtu = (uint32_t)s->mtu, .promiscuous = s->promiscuous
	};

	while (b.n_addrs < s->addresses.n && b.n_addrs < BRIDGE_SUBNETS) {
		ip_parse(s->addresses.v[b.n_addrs], &b.addrs[b.n_addrs]);
		b.n_addrs++;
	}
	return b;
}

static int bridge_apply(const struct step *s, struct live *live, struct err *e)
{
	struct bridge b = bridge_of(&s->bridge);
	int r = net_open_route(live, e);

	return r < 0 ? r : bridge_ensure(&live->route, &b, &live_network(live, s->bridge.network)->bridge, e);
}

static int bridge_put_back(const struct step *s, struct live *live, struct err *e)
{
	struct bridge b = bridge_of(&s->bridge);
	int r = net_open_route(live, e);

	return r < 0 ? r : bridge_restore(&live->route, &b, e);
}

static void bridge_show(const struct step *s, struct str *out)
{
	const char *n = s->bridge.name;
	struct bridge b = bridge_of(&s->bridge);
	uint8_t m[LINK_MAC];

	bridge_mac(&b, m);
	/* not by /sys, which may be another network namespace's */
	str_addf(out, "if ! ip link show %s >/dev/null 2>&1; then\n", n);
	str_addf(out, "\tip link add %s address %02x:%02x:%02x:%02x:%02x:%02x type bridge\n", n, m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	if (s->bridge.mtu)
		str_addf(out, "\tip link set %s mtu %llu\n", n, (unsigned long long)s->bridge.mtu);
	str_addf(out, "\tip link set %s alias %s\n", n, str_shell(out, s->bridge.mark));
	for (const struct bridge_setting *set = bridge_settings; set->name; set++)
		str_addf(out, "\t%secho %s > /proc/sys/net/%s/conf/%s/%s\n",
			 str_eq(set->family, "ipv6") ? "! [ -e /proc/sys/net/ipv6 ] || " : "",
			 bridge_setting_value(&b, set), set->family, n, set->name);
	for (size_t i = 0; i < s->bridge.addresses.n; i++)
		net_show_address(s->bridge.addresses.v[i], n, "\t", out);
	if (s->bridge.promiscuous)
		str_addf(out, "\tip link set %s promisc on\n", n);
	str_addf(out, "\tip link set %s up\nfi\n", n);
}

static void bridge_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->bridge.name, out);
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->bridge.name);
}

static int bridge_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct bridge b = bridge_of(&want->bridge);
	struct err e = { 0 };
	char line[512];
	struct netlink *nl = net_route(t, &e);
	int r = nl ? bridge_check(nl, t->arena, &b, &e) : -e.no;

	if (r == 0)
		return READ_FOUND;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? READ_MISSING : r == -ESTALE || r == -EEXIST ? READ_CHANGED : READ_UNKNOWN;
}

static int bridge_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = net_take_away(live, s->bridge.network, e);

	if (r <= 0)
		return r;
	r = net_open_route(live, e);
	return r < 0 ? r : bridge_delete(&live->route, s->bridge.name, s->bridge.mark, e);
}

/* bridge_check() compares the link with all of them at once. */
static const struct field bridge_fields[] = {
	FIELD(STR, bridge, name, .compare = COMPARE_KEY),
	FIELD(STRV, bridge, addresses, .compare = COMPARE_KEY),
	FIELD(STR, bridge, mark, .compare = COMPARE_KEY),
	FIELD(STR, bridge, network, .compare = COMPARE_KEY),
	FIELD(U64, bridge, mtu, .compare = COMPARE_KEY),
	FIELD(BOOL, bridge, promiscuous, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_bridge = {
	.name = "bridge",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = bridge_fields,
	.apply = bridge_apply,
	.show = bridge_show,
	.show_undo = bridge_show_undo,
	.read = bridge_read,
	.undo = bridge_undo,
	.restore = bridge_put_back,
	.network = offsetof(struct step, bridge.network),
};
