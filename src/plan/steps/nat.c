/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The rules of a network: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <string.h>

#include "kernel/net/nft.h"
#include "net/rules.h"
#include "net/rules_table.h"
#include "plan/live.h"
#include "plan/steps/net.h"

static struct rules_network rules_of(const struct step_nat *s, struct ip subnets[static RULES_SUBNETS])
{
	size_t n = s->subnets.n < RULES_SUBNETS ? s->subnets.n : RULES_SUBNETS;

	for (size_t i = 0; i < n; i++)
		ip_parse(s->subnets.v[i], &subnets[i]);
	return (struct rules_network){ .mark = s->mark,
				       .bridge = s->bridge,
				       .subnets = subnets,
				       .n_subnets = n,
				       .internal = s->internal,
				       .open = s->open,
				       .routed = s->routed };
}

static int nat_apply(const struct step *s, struct live *live, struct err *e)
{
	struct ip subnets[RULES_SUBNETS];
	struct rules_network net = rules_of(&s->nat, subnets);
	int r = net_open_nft(live, e);

	return r < 0 ? r : rules_ensure(&live->nft, &net, e);
}

static int nat_restore(const struct step *s, struct live *live, struct err *e)
{
	struct ip subnets[RULES_SUBNETS];
	struct rules_network net = rules_of(&s->nat, subnets);
	int r = net_open_nft(live, e);

	return r < 0 ? r : rules_restore(&live->nft, &net, e);
}

/* One line for each of its elements. `verb` is add or delete; mark may be NULL. */
static void show_elements(const struct step_nat *s, const char *verb, const char *mark, struct str *out)
{
	const char *comment = mark ? arena_printf(out->arena, " comment \"%s\"", mark) : "";

	str_addf(out, "%s element inet %s bridges { \"%s\"%s }\n", verb, RULES_TABLE, s->bridge, comment);
	str_addf(out, "%s element inet %s within { \"%s\" . \"%s\"%s }\n", verb, RULES_TABLE, s->bridge,
		 s->bridge, comment);
	if (s->internal)
		str_addf(out, "%s element inet %s internal { \"%s\"%s }\n", verb, RULES_TABLE, s->bridge,
			 comment);
	if (s->open)
		str_addf(out, "%s element inet %s open { \"%s\"%s }\n", verb, RULES_TABLE, s->bridge,
			 comment);
	if (s->routed)
		str_addf(out, "%s element inet %s routed { \"%s\"%s }\n", verb, RULES_TABLE, s->bridge,
			 comment);
	for (size_t i = 0; !s->internal && i < s->subnets.n; i++)
		str_addf(out, "%s element inet %s %s { %s%s }\n", verb, RULES_TABLE,
			 strchr(s->subnets.v[i], ':') ? "subnets6" : "subnets", s->subnets.v[i], comment);
}

static void nat_show(const struct step *s, struct str *out)
{
	str_addf(out, "nft list table inet %s >/dev/null 2>&1 || nft -f - <<'EOF'\n", RULES_TABLE);
	str_addf(out, "%sEOF\nnft -f - <<'EOF'\n", rules_text);
	show_elements(&s->nat, "add", s->nat.mark, out);
	str_add(out, "EOF\n");
}

static bool has_ipv6(const struct step_nat *s)
{
	for (size_t i = 0; i < s->subnets.n; i++)
		if (strchr(s->subnets.v[i], ':'))
			return true;
	return false;
}

/* And what STEP_FORWARD did, which goes with the last network. */
static void nat_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->nat.bridge, out);
	str_add(out, "nft -f - 2>/dev/null <<'EOF' || :\n");
	show_elements(&s->nat, "delete", NULL, out);
	str_addf(out,
		 "EOF\nif nft list set inet %s bridges >\"$work/bridges\" 2>/dev/null && "
		 "! grep -q elements \"$work/bridges\"; then\n",
		 RULES_TABLE);
	str_addf(out,
		 "\tif nft list set inet %s forwarding | grep -q 'elements.*ipv4'; "
		 "then echo 0 > /proc/sys/net/ipv4/ip_forward; fi\n",
		 RULES_TABLE);
	if (has_ipv6(&s->nat))
		str_addf(out,
			 "\tif nft list set inet %s forwarding | grep -q 'elements.*ipv6'; then\n"
			 "\t\techo 0 > /proc/sys/net/ipv6/conf/all/forwarding\n"
			 "\t\tfor link in $(cat \"$work/routers\" 2>/dev/null); do "
			 "echo 1 > /proc/sys/net/ipv6/conf/$link/accept_ra; done\n\tfi\n",
			 RULES_TABLE);
	str_addf(out, "\tnft delete table inet %s\nfi\n", RULES_TABLE);
}

static int nat_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct ip subnets[RULES_SUBNETS];
	struct rules_network net = rules_of(&want->nat, subnets);
	struct err e = { 0 };
	int r = nft_open(&nl, &e);

	if (r == 0)
		r = rules_check(&nl, &net, &e);
	netlink_close(&nl);
	return net_found(r, &e, text);
}

static int nat_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = net_take_away(live, s->nat.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = rules_delete(&nl, s->nat.mark, e);
	netlink_close(&nl);
	return net_no_rules(r, e);
}

/* nft_network_check() compares the rules with all of them at once. */
static const struct field nat_fields[] = {
	FIELD(STR, nat, bridge, .compare = COMPARE_KEY),    FIELD(STRV, nat, subnets, .compare = COMPARE_KEY),
	FIELD(STR, nat, mark, .compare = COMPARE_KEY),      FIELD(STR, nat, network, .compare = COMPARE_KEY),
	FIELD(BOOL, nat, internal, .compare = COMPARE_KEY), FIELD(BOOL, nat, open, .compare = COMPARE_KEY),
	FIELD(BOOL, nat, routed, .compare = COMPARE_KEY),   { 0 },
};

const struct step_ops step_nat = {
	.name = "nat",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = nat_fields,
	.apply = nat_apply,
	.show = nat_show,
	.show_undo = nat_show_undo,
	.read = nat_read,
	.undo = nat_undo,
	.restore = nat_restore,
	.network = offsetof(struct step, nat.network),
};
