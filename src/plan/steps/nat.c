/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The rules of a network, and that the host forwards its packets: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "kernel/net/nft.h"
#include "net/lease.h"
#include "net/rules.h"
#include "net/rules_table.h"
#include "plan/live.h"
#include "plan/steps/net.h"

/* ---- nat ---- */

static struct rules_network rules_of(const struct step_nat *s, struct ip subnets[static RULES_SUBNETS])
{
	size_t n = s->subnets.n < RULES_SUBNETS ? s->subnets.n : RULES_SUBNETS;

	for (size_t i = 0; i < n; i++)
		ip_parse(s->subnets.v[i], &subnets[i]);
	return (struct rules_network){ .mark = s->mark,
				       .bridge = s->bridge,
				       .subnets = subnets,
				       .n_subnets = n,
				       .internal = s->internal };
}

static int open_nft(struct live *live, struct err *e)
{
	return live->nft.fd >= 0 ? 0 : nft_open(&live->nft, e);
}

static int nat_apply(const struct step *s, struct live *live, struct err *e)
{
	struct ip subnets[RULES_SUBNETS];
	struct rules_network net = rules_of(&s->nat, subnets);
	int r = open_nft(live, e);

	return r < 0 ? r : rules_ensure(&live->nft, &net, e);
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
	str_addf(out, "\tnft delete table inet %s\nfi\n", RULES_TABLE);
}

static int nat_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct ip subnets[RULES_SUBNETS];
	struct rules_network net = rules_of(&want->nat, subnets);
	struct err e = { 0 };
	char line[512];
	int r = nft_open(&nl, &e);

	if (r == 0)
		r = rules_check(&nl, &net, &e);
	netlink_close(&nl);
	if (r == 0)
		return READ_FOUND;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENOENT ? READ_MISSING : r == -ESTALE ? READ_CHANGED : READ_UNKNOWN;
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
	return r;
}

/* nft_network_check() compares the rules with all of them at once. */
static const struct field nat_fields[] = {
	FIELD(STR, nat, bridge, .compare = COMPARE_KEY),    FIELD(STRV, nat, subnets, .compare = COMPARE_KEY),
	FIELD(STR, nat, mark, .compare = COMPARE_KEY),      FIELD(STR, nat, network, .compare = COMPARE_KEY),
	FIELD(BOOL, nat, internal, .compare = COMPARE_KEY), { 0 },
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
};

/* ---- forward ---- */

static int family_of(const struct step_forward *s)
{
	return str_after(s->name, "net/ipv6/") ? AF_INET6 : AF_INET;
}

/* That it was off before guise came is kept by an element of the table, because of which nothing is
 * forwarded but between the bridges and the rest (net/rules.h): so it belongs to the network namespace, as
 * the bridges do, and goes with it. The element is there before forwarding is on, and forwarding off
 * before it goes. */
static int end_others(const struct step_forward *s, struct live *live, struct err *e)
{
	int r = open_nft(live, e);

	return r < 0 ? r : rules_forwarding_ensure(&live->nft, family_of(s), e);
}

static int write_forwarding(const struct step_forward *s, const char *value, struct err *e)
{
	char path[256];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/%s", s->name);
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
	if ((r = lease_lock_namespace(&live->namespace, e)) < 0 || (r = end_others(&s->forward, live, e)) < 0)
		return r;
	/* privileged: the host forwards what comes in by any link; without it no packet of a container
	 * leaves the machine */
	return write_forwarding(&s->forward, s->forward.value, e);
}

static void forward_show(const struct step *s, struct str *out)
{
	str_addf(out, "if [ \"$(cat /proc/sys/%s)\" != %s ]; then\n", s->forward.name, s->forward.value);
	str_addf(out, "\tnft add element inet %s forwarding '{ %s }'\n", RULES_TABLE,
		 family_of(&s->forward) == AF_INET6 ? "ipv6" : "ipv4");
	str_addf(out, "\techo %s > /proc/sys/%s\nfi\n", s->forward.value, s->forward.name);
}

static int forward_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[256], now[16];

	snprintf(path, sizeof(path), "/proc/sys/%s", want->forward.name);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return READ_UNKNOWN;
	have->forward.value = arena_strdup(t->arena, now);
	return READ_FOUND;
}

static int forward_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	bool ends = false;
	int r = net_take_away(live, s->forward.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = rules_forwarding_ends(&nl, family_of(&s->forward), s->forward.mark, &ends, e);
	netlink_close(&nl);
	return r < 0 || !ends ? r : write_forwarding(&s->forward, "0", e);
}

static const struct field forward_fields[] = {
	FIELD(STR, forward, name, .compare = COMPARE_NAME),
	FIELD(STR, forward, value),
	FIELD(STR, forward, mark, .compare = COMPARE_NOT),
	FIELD(STR, forward, network, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_forward = {
	.name = "forward",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = forward_fields,
	.apply = forward_apply,
	.show = forward_show,
	.read = forward_read,
	.undo = forward_undo,
};
