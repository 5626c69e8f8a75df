/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The bridge that a network's containers share, and where it keeps VLANs apart, the host's link in one: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <errno.h>

#include "kernel/net/link.h"
#include "net/bridge.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static void take_addresses(struct bridge *b, const struct strv *addresses)
{
	while (b->n_addrs < addresses->n && b->n_addrs < BRIDGE_SUBNETS) {
		ip_parse(addresses->v[b->n_addrs], &b->addrs[b->n_addrs]);
		b->n_addrs++;
	}
}

static struct bridge bridge_of(const struct step_bridge *s)
{
	struct bridge b = { .name = s->name,
			    .mark = s->mark,
			    .mtu = (uint32_t)s->mtu,
			    .promiscuous = s->promiscuous,
			    .filters = s->filters };

	take_addresses(&b, &s->addresses);
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

/* Of a link that was just made: what it is known by, and what it believes; addresses; and it is up. */
static void show_made(const struct bridge *b, const struct strv *addresses, struct str *out)
{
	str_addf(out, "\tip link set %s alias %s\n", b->name, str_shell(out, b->mark));
	for (const struct bridge_setting *set = bridge_settings; set->name; set++)
		str_addf(out, "\t%secho %s > /proc/sys/net/%s/conf/%s/%s\n",
			 str_eq(set->family, "ipv6") ? "! [ -e /proc/sys/net/ipv6 ] || " : "",
			 bridge_setting_value(b, set), set->family, b->name, set->name);
	for (size_t i = 0; i < addresses->n; i++)
		net_show_address(addresses->v[i], b->name, "\t", out);
	if (b->promiscuous)
		str_addf(out, "\tip link set %s promisc on\n", b->name);
	str_addf(out, "\tip link set %s up\nfi\n", b->name);
}

static void bridge_show(const struct step *s, struct str *out)
{
	const char *n = s->bridge.name;
	struct bridge b = bridge_of(&s->bridge);
	uint8_t m[LINK_MAC];

	bridge_mac(&b, m);
	/* not by /sys, which may be another network namespace's */
	str_addf(out, "if ! ip link show %s >/dev/null 2>&1; then\n", n);
	str_addf(out, "\tip link add %s address %02x:%02x:%02x:%02x:%02x:%02x type bridge%s\n", n, m[0], m[1],
		 m[2], m[3], m[4], m[5], b.filters ? " vlan_filtering 1" : "");
	if (s->bridge.mtu)
		str_addf(out, "\tip link set %s mtu %llu\n", n, (unsigned long long)s->bridge.mtu);
	show_made(&b, &s->bridge.addresses, out);
}

static void bridge_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->bridge.name, out);
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->bridge.name);
}

static int check(const struct bridge *b, struct target *t, struct str *text)
{
	struct err e = { 0 };
	char line[512];
	struct netlink *nl = net_route(t, &e);
	int r = nl ? bridge_check(nl, t->arena, b, &e) : -e.no;

	if (r == 0)
		return READ_FOUND;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENODEV ? READ_MISSING : r == -ESTALE || r == -EEXIST ? READ_CHANGED : READ_UNKNOWN;
}

static int bridge_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct bridge b = bridge_of(&want->bridge);

	return check(&b, t, text);
}

static int bridge_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = net_take_away(live, s->bridge.network, e);

	if (r <= 0)
		return r;
	r = net_open_route(live, e);
	if (r == 0 && s->bridge.filters)
		r = bridge_is_used(&live->route, live->arena, s->bridge.name, e);
	return r ? r < 0 ? r : 0 : bridge_delete(&live->route, s->bridge.name, s->bridge.mark, e);
}

/* bridge_check() compares the link with all of them at once. */
static const struct field bridge_fields[] = {
	FIELD(STR, bridge, name, .compare = COMPARE_KEY),
	FIELD(STRV, bridge, addresses, .compare = COMPARE_KEY),
	FIELD(STR, bridge, mark, .compare = COMPARE_KEY),
	FIELD(STR, bridge, network, .compare = COMPARE_KEY),
	FIELD(U64, bridge, mtu, .compare = COMPARE_KEY),
	FIELD(BOOL, bridge, promiscuous, .compare = COMPARE_KEY),
	FIELD(BOOL, bridge, filters, .compare = COMPARE_KEY),
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

/* ---- the host's link in a VLAN ---- */

static struct bridge link_of(const struct step_vlan *s)
{
	struct bridge b = { .name = s->name, .mark = s->mark, .upon = s->bridge, .vlan = (uint16_t)s->id };

	take_addresses(&b, &s->addresses);
	return b;
}

static int vlan_apply(const struct step *s, struct live *live, struct err *e)
{
	struct bridge b = link_of(&s->vlan);
	int index, r = net_open_route(live, e);

	return r < 0 ? r : bridge_ensure(&live->route, &b, &index, e);
}

static int vlan_put_back(const struct step *s, struct live *live, struct err *e)
{
	struct bridge b = link_of(&s->vlan);
	int r = net_open_route(live, e);

	return r < 0 ? r : bridge_restore(&live->route, &b, e);
}

static void vlan_show(const struct step *s, struct str *out)
{
	struct bridge b = link_of(&s->vlan);
	unsigned id = (unsigned)s->vlan.id;

	str_addf(out, "if ! ip link show %s >/dev/null 2>&1; then\n", b.name);
	str_addf(out, "\tbridge vlan add dev %s vid %u self\n", b.upon, id);
	str_addf(out, "\tip link add link %s name %s type vlan id %u\n", b.upon, b.name, id);
	show_made(&b, &s->vlan.addresses, out);
}

static void vlan_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "ip link delete %s 2>/dev/null || :\n", s->vlan.name);
}

static int vlan_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct bridge b = link_of(&want->vlan);

	return check(&b, t, text);
}

static int vlan_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = net_take_away(live, s->vlan.network, e);

	if (r <= 0)
		return r;
	r = net_open_route(live, e);
	return r < 0 ? r : bridge_delete(&live->route, s->vlan.name, s->vlan.mark, e);
}

/* bridge_check() compares the link with all of them at once. */
static const struct field vlan_fields[] = {
	FIELD(STR, vlan, name, .compare = COMPARE_KEY),
	FIELD(STR, vlan, bridge, .compare = COMPARE_KEY),
	FIELD(STRV, vlan, addresses, .compare = COMPARE_KEY),
	FIELD(STR, vlan, mark, .compare = COMPARE_KEY),
	FIELD(STR, vlan, network, .compare = COMPARE_KEY),
	FIELD(U64, vlan, id, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_vlan = {
	.name = "vlan",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = vlan_fields,
	.apply = vlan_apply,
	.show = vlan_show,
	.show_undo = vlan_show_undo,
	.read = vlan_read,
	.undo = vlan_undo,
	.restore = vlan_put_back,
	.network = offsetof(struct step, vlan.network),
};
