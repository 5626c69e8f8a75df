/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "kernel/net/route.h"
#include "observe/walk/route.h"

const char *route_table_text(struct arena *a, uint64_t table)
{
	switch (table) {
	case RT_TABLE_MAIN:
		return "main";
	case RT_TABLE_LOCAL:
		return "local";
	case RT_TABLE_DEFAULT:
		return "default";
	default:
		return arena_printf(a, "%lu", (unsigned long)table);
	}
}

static void add_net(struct str *s, struct ip ip)
{
	char buf[IP_TEXT];

	if (!ip_is(ip) || ip.len == 0)
		str_add(s, "default");
	else
		str_add(s, ip.len == ip_size(ip) * 8 ? ip_text(ip, buf) : ip_net_text(ip, buf));
}

static void add_way(struct str *s, const struct world_netns *ns, struct ip via, int64_t oif)
{
	const struct world_link *link = oif ? world_link_at(ns, oif) : NULL;
	char buf[IP_TEXT];

	if (ip_is(via))
		str_addf(s, " via %s", ip_text(via, buf));
	if (link)
		str_addf(s, " dev %s", link->name);
}

const char *route_text(struct arena *a, const struct world_netns *ns, const struct world_route *r)
{
	const char *type = route_type_name(r->type);
	struct str s = { .arena = a };
	char buf[IP_TEXT];

	str_addf(&s, "%s%s", type, *type ? " " : "");
	add_net(&s, r->dst);
	if (ip_is(r->src) && r->src.len)
		str_addf(&s, " from %s", ip_net_text(r->src, buf));
	add_way(&s, ns, r->via, r->oif);
	for (size_t i = 0; i < r->n_nexthops; i++) {
		str_add(&s, " nexthop");
		add_way(&s, ns, r->nexthops[i].via, r->nexthops[i].oif);
	}
	if (r->table != RT_TABLE_MAIN)
		str_addf(&s, " table %s", route_table_text(a, r->table));
	if (r->priority)
		str_addf(&s, " metric %lu", (unsigned long)r->priority);
	return str_get(&s);
}

static const char *action_text(struct arena *a, const struct world_rule *r)
{
	switch (r->action) {
	case FR_ACT_TO_TBL:
		return arena_printf(a, "lookup %s", route_table_text(a, r->table));
	case FR_ACT_GOTO:
		return arena_printf(a, "goto %lu", (unsigned long)r->target);
	case FR_ACT_NOP:
		return "nop";
	case FR_ACT_BLACKHOLE:
		return "blackhole";
	case FR_ACT_UNREACHABLE:
		return "unreachable";
	case FR_ACT_PROHIBIT:
		return "prohibit";
	default:
		return arena_printf(a, "action %lu", (unsigned long)r->action);
	}
}

static void add_rest(struct str *s, const struct world_rule *r)
{
	if (r->mark || r->mask)
		str_addf(s, " fwmark 0x%lx", (unsigned long)r->mark);
	if (r->iif)
		str_addf(s, " iif %s", r->iif);
	if (r->oif)
		str_addf(s, " oif %s", r->oif);
	if (r->ipproto)
		str_addf(s, " ipproto %lu", (unsigned long)r->ipproto);
	if (r->sport_first)
		str_addf(s, " sport %lu-%lu", (unsigned long)r->sport_first, (unsigned long)r->sport_last);
	if (r->dport_first)
		str_addf(s, " dport %lu-%lu", (unsigned long)r->dport_first, (unsigned long)r->dport_last);
	if (r->has_uids)
		str_addf(s, " uidrange %lu-%lu", (unsigned long)r->uid_first, (unsigned long)r->uid_last);
}

const char *route_rule_text(struct arena *a, const struct world_rule *r)
{
	struct str s = { .arena = a };
	char buf[IP_TEXT];

	str_addf(&s, "%lu: %sfrom ", (unsigned long)r->priority, r->invert ? "not " : "");
	str_add(&s, ip_is(r->src) && r->src.len ? ip_net_text(r->src, buf) : "all");
	if (ip_is(r->dst) && r->dst.len)
		str_addf(&s, " to %s", ip_net_text(r->dst, buf));
	add_rest(&s, r);
	str_addf(&s, " %s", action_text(a, r));
	if (r->suppress_prefix >= 0 && r->action == FR_ACT_TO_TBL)
		str_addf(&s, " suppress_prefixlength %ld", (long)r->suppress_prefix);
	return str_get(&s);
}
