/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A route or a rule of ip-rule(8) comes or goes: see repair.h. */
#include "plan/steps/steps.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "kernel/net/route.h"
#include "plan/steps/repair.h"

/* ---- route ---- */

static int change_route(const struct step_fix_route *s, bool remove, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct route_whole route = { .family = (int)s->family,
				     .type = (uint8_t)s->type,
				     .scope = (uint8_t)s->scope,
				     .protocol = (uint8_t)s->protocol,
				     .table = (uint32_t)s->table,
				     .metric = (uint32_t)s->metric };
	struct netlink_batch b;
	int r = fix_open_link(s->netns, s->link, &nl, &route.index, e);

	if (r < 0)
		return r;
	ip_parse(s->to, &route.to); /* "": none, here and below */
	ip_parse(s->via, &route.via);
	ip_parse(s->source, &route.source);
	netlink_start(&b);
	route_put_whole(&b, !remove, &route, *s->to ? s->to : "default");
	r = netlink_run(&nl, &b, NULL, NULL, e);
	netlink_close(&nl);
	return r;
}

static int fix_route_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_route(&s->fix_route, s->fix_route.remove, e);
}

static int fix_route_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_route(&s->fix_route, !s->fix_route.remove, e);
}

static void show_route(const struct step_fix_route *s, bool remove, struct str *out)
{
	str_addf(out, "%sip %sroute %s %s%s%s", fix_enter(out, s->netns), s->family == AF_INET6 ? "-6 " : "",
		 remove ? "delete" : "add", route_type_name(s->type), *route_type_name(s->type) ? " " : "",
		 *s->to ? s->to : "default");
	if (*s->via)
		str_addf(out, " via %s", s->via);
	if (*s->link)
		str_addf(out, " dev %s", str_shell(out, s->link));
	if (s->table && s->table != RT_TABLE_MAIN)
		str_addf(out, " table %llu", (unsigned long long)s->table);
	if (s->metric)
		str_addf(out, " metric %llu", (unsigned long long)s->metric);
	if (*s->source)
		str_addf(out, " src %s", s->source);
	str_add(out, "\n");
}

static void fix_route_show(const struct step *s, struct str *out)
{
	show_route(&s->fix_route, s->fix_route.remove, out);
}

static void fix_route_show_undo(const struct step *s, struct str *out)
{
	show_route(&s->fix_route, !s->fix_route.remove, out);
}

static const struct field fix_route_fields[] = {
	FIELD(STR, fix_route, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_route, to, .compare = COMPARE_KEY),
	FIELD(STR, fix_route, via, .compare = COMPARE_KEY),
	FIELD(STR, fix_route, link, .compare = COMPARE_KEY),
	FIELD(STR, fix_route, source, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, family, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, type, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, table, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, scope, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, protocol, .compare = COMPARE_KEY),
	FIELD(U64, fix_route, metric, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_route, remove),
	{ 0 },
};

const struct step_ops step_fix_route = {
	.name = "fix-route",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_route_fields,
	.apply = fix_route_apply,
	.show = fix_route_show,
	.show_undo = fix_route_show_undo,
	.read = fix_read,
	.undo = fix_route_undo,
};

/* ---- policy ---- */

static int change_policy(const struct step_fix_policy *s, bool remove, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct route_policy policy = { .family = (int)s->family,
				       .action = (uint8_t)s->action,
				       .priority = (uint32_t)s->priority,
				       .table = (uint32_t)s->table,
				       .mark = (uint32_t)s->mark,
				       .mask = (uint32_t)s->mask,
				       .iif = *s->iif ? s->iif : NULL,
				       .oif = *s->oif ? s->oif : NULL,
				       .invert = s->invert };
	struct netlink_batch b;
	int index, r = fix_open_link(s->netns, "", &nl, &index, e);

	if (r < 0)
		return r;
	ip_parse(s->from, &policy.from);
	ip_parse(s->to, &policy.to);
	netlink_start(&b);
	route_put_policy(&b, !remove, &policy, "");
	r = netlink_run(&nl, &b, NULL, NULL, e);
	netlink_close(&nl);
	return r;
}

static int fix_policy_apply(const struct step *s, struct live *live, struct err *e)
{
	return change_policy(&s->fix_policy, s->fix_policy.remove, e);
}

static int fix_policy_undo(const struct step *s, struct live *live, struct err *e)
{
	return change_policy(&s->fix_policy, !s->fix_policy.remove, e);
}

static void show_policy(const struct step_fix_policy *s, bool remove, struct str *out)
{
	str_addf(out, "%sip %srule %s%s priority %llu", fix_enter(out, s->netns),
		 s->family == AF_INET6 ? "-6 " : "", remove ? "delete" : "add", s->invert ? " not" : "",
		 (unsigned long long)s->priority);
	if (*s->from)
		str_addf(out, " from %s", s->from);
	if (*s->to)
		str_addf(out, " to %s", s->to);
	if (*s->iif)
		str_addf(out, " iif %s", str_shell(out, s->iif));
	if (*s->oif)
		str_addf(out, " oif %s", str_shell(out, s->oif));
	if (s->mark)
		str_addf(out, " fwmark 0x%llx/0x%llx", (unsigned long long)s->mark,
			 (unsigned long long)s->mask);
	if (s->action == FR_ACT_TO_TBL)
		str_addf(out, " lookup %llu\n", (unsigned long long)s->table);
	else
		str_addf(out, " %s\n",
			 s->action == FR_ACT_BLACKHOLE   ? "blackhole" :
			 s->action == FR_ACT_UNREACHABLE ? "unreachable" :
							   "prohibit");
}

static void fix_policy_show(const struct step *s, struct str *out)
{
	show_policy(&s->fix_policy, s->fix_policy.remove, out);
}

static void fix_policy_show_undo(const struct step *s, struct str *out)
{
	show_policy(&s->fix_policy, !s->fix_policy.remove, out);
}

static const struct field fix_policy_fields[] = {
	FIELD(STR, fix_policy, netns, .compare = COMPARE_KEY),
	FIELD(STR, fix_policy, from, .compare = COMPARE_KEY),
	FIELD(STR, fix_policy, to, .compare = COMPARE_KEY),
	FIELD(STR, fix_policy, iif, .compare = COMPARE_KEY),
	FIELD(STR, fix_policy, oif, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, family, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, action, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, table, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, priority, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, mark, .compare = COMPARE_KEY),
	FIELD(U64, fix_policy, mask, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_policy, invert, .compare = COMPARE_KEY),
	FIELD(BOOL, fix_policy, remove),
	{ 0 },
};

const struct step_ops step_fix_policy = {
	.name = "fix-policy",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = fix_policy_fields,
	.apply = fix_policy_apply,
	.show = fix_policy_show,
	.show_undo = fix_policy_show_undo,
	.read = fix_read,
	.undo = fix_policy_undo,
};
