/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An address comes or goes, a neighbour is forgotten, a sysctl is written: see repair.h. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <stdlib.h>

#include "base/io.h"
#include "kernel/net/addr.h"
#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/steps/repair.h"
#include "spec/sysctl.h"

/* ---- address ---- */

static int change_address(const struct step_fix_address *s, bool remove, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct netlink_batch b;
	struct ip ip;
	int index, r;

	if (ip_parse(s->address, &ip) < 0)
		return err_set(e, "address-add", EINVAL, "give link %s the address %s", s->link, s->address);
	if ((r = fix_open_link(s->netns, s->link, &nl, &index, e)) < 0)
		return r;
	netlink_start(&b);
	if (remove)
		addr_put_delete(&b, index, s->link, ip);
	else
		addr_put_add(&b, index, s->link, ip);
	r = netlink_run(&nl, &b, NULL, NULL, e);
	netlink_close(&nl);
	return r;
}

static int fix_address_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_address(&s->fix_address, s->fix_address.remove, e);
}

static int fix_address_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_address(&s->fix_address, !s->fix_address.remove, e);
}

static void show_address(const struct step_fix_address *s, bool remove, struct str *out)
{
	const char *link = str_shell(out, s->link), *address = str_shell(out, s->address);
	const char *enter = fix_enter(out, s->netns);

	if (remove)
		str_addf(out, "%sip address delete %s dev %s\n", enter, address, link);
	else
		net_show_address(address, link, enter, out);
}

static void fix_address_show(const struct step *s, struct str *out)
{
	show_address(&s->fix_address, s->fix_address.remove, out);
}

static void fix_address_show_undo(const struct step *s, struct str *out)
{
	show_address(&s->fix_address, !s->fix_address.remove, out);
}

static const struct field fix_address_fields[] = {
	FIELD(STR, fix_address, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_address, link, .compare = COMPARE_KEY),
	FIELD(STR, fix_address, address, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_address, remove),
	{ 0 },
};

const struct step_ops step_fix_address = {
	.name = "fix-address",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_address_fields,
	.apply = fix_address_apply,
	.show = fix_address_show,
	.show_undo = fix_address_show_undo,
	.read = fix_read,
	.undo = fix_address_undo,
};

/* ---- neighbour ---- */

static int change_neighbour(const struct step_fix_neighbour *s, bool remove, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct netlink_batch b;
	uint8_t mac[NEIGH_MAC];
	struct ip ip;
	int index, r;

	if (ip_parse(s->address, &ip) < 0 || __builtin_strlen(s->mac) != 3 * NEIGH_MAC - 1)
		return err_set(e, "neighbour-add", EINVAL, "find neighbour %s", s->address);
	for (int i = 0; i < NEIGH_MAC; i++)
		mac[i] = (uint8_t)strtoul(s->mac + 3 * i, NULL, 16);
	if ((r = fix_open_link(s->netns, s->link, &nl, &index, e)) < 0)
		return r;
	netlink_start(&b);
	if (remove)
		neigh_put_delete(&b, index, s->link, ip);
	else
		neigh_put_state(&b, index, s->link, ip, mac, (uint16_t)s->state);
	r = netlink_run(&nl, &b, NULL, NULL, e);
	netlink_close(&nl);
	return r;
}

static int fix_neighbour_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_neighbour(&s->fix_neighbour, true, e);
}

static int fix_neighbour_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_neighbour(&s->fix_neighbour, false, e);
}

static void fix_neighbour_show(const struct step *s, struct str *out)
{
	str_addf(out, "%sip neighbour delete %s dev %s\n", fix_enter(out, s->fix_neighbour.netns),
		 str_shell(out, s->fix_neighbour.address), str_shell(out, s->fix_neighbour.link));
}

static void fix_neighbour_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "%sip neighbour replace %s lladdr %s dev %s nud %s\n",
		 fix_enter(out, s->fix_neighbour.netns), str_shell(out, s->fix_neighbour.address),
		 str_shell(out, s->fix_neighbour.mac), str_shell(out, s->fix_neighbour.link),
		 s->fix_neighbour.state & NUD_PERMANENT ? "permanent" : "stale");
}

static const struct field fix_neighbour_fields[] = {
	FIELD(STR, fix_neighbour, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_neighbour, link, .compare = COMPARE_KEY),
	FIELD(STR, fix_neighbour, address, .compare = COMPARE_KEY),
	FIELD(STR, fix_neighbour, mac, .compare = COMPARE_NOT),
	FIELD(U64, fix_neighbour, state, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_fix_neighbour = {
	.name = "fix-neighbour",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_neighbour_fields,
	.apply = fix_neighbour_apply,
	.show = fix_neighbour_show,
	.show_undo = fix_neighbour_show_undo,
	.read = fix_read,
	.undo = fix_neighbour_undo,
};

/* ---- sysctl ---- */

/* The parameter is that of the network namespace of who opens it, whichever procfs it is. */
static int write_setting(const void *arg, void *out)
{
	const char *const *pair = arg;

	return io_write_small(AT_FDCWD, pair[0], pair[1]);
}

static int change_setting(const struct step_fix_setting *s, const char *value, struct live *live,
			  struct err *e)
{
	const char *path = arena_printf(live->arena, "/proc/sys/%s",
					sysctl_path(live->arena, arena_printf(live->arena, "%s=", s->name)));
	const char *const pair[] = { path, value };
	int r = fix_call(s->netns, write_setting, pair, e);

	return r < 0 ? err_set(e, "sysctl", -r, "write %s to %s", value, path) : 0;
}

static int fix_setting_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_setting(&s->fix_setting, s->fix_setting.value, live, e);
}

static int fix_setting_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_setting(&s->fix_setting, s->fix_setting.was, live, e);
}

static void show_setting(const struct step_fix_setting *s, const char *value, struct str *out)
{
	str_addf(out, "%ssysctl -w %s\n", fix_enter(out, s->netns),
		 str_shell(out, arena_printf(out->arena, "%s=%s", s->name, value)));
}

static void fix_setting_show(const struct step *s, struct str *out)
{
	show_setting(&s->fix_setting, s->fix_setting.value, out);
}

static void fix_setting_show_undo(const struct step *s, struct str *out)
{
	show_setting(&s->fix_setting, s->fix_setting.was, out);
}

static const struct field fix_setting_fields[] = {
	FIELD(STR, fix_setting, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_setting, name, .compare = COMPARE_KEY),
	FIELD(STR, fix_setting, value),
	FIELD(STR, fix_setting, was, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_fix_setting = {
	.name = "fix-setting",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_setting_fields,
	.apply = fix_setting_apply,
	.show = fix_setting_show,
	.show_undo = fix_setting_show_undo,
	.read = fix_read,
	.undo = fix_setting_undo,
};
