/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a network has for the ports of its containers: see net/ports.h and plan/steps/net.c. Networks without have none of
 * it. The guard against forged addresses is there before the bridge passes what it guards.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "kernel/net/nft.h"
#include "net/bridge.h"
#include "net/ports.h"
#include "plan/live.h"
#include "plan/steps/net.h"

/* ---- the rules ---- */

static struct ports_network network_of(const struct step_ports *s, struct ip subnets[static BRIDGE_SUBNETS])
{
	size_t n = s->subnets.n < BRIDGE_SUBNETS ? s->subnets.n : BRIDGE_SUBNETS;

	for (size_t i = 0; i < n; i++)
		ip_parse(s->subnets.v[i], &subnets[i]);
	return (struct ports_network){
		.mark = s->mark, .bridge = s->bridge, .subnets = subnets, .n_subnets = n
	};
}

static int ports_apply(const struct step *s, struct live *live, struct err *e)
{
	struct ip subnets[BRIDGE_SUBNETS];
	struct ports_network net = network_of(&s->ports, subnets);
	int r = net_open_nft(live, e);

	return r < 0 ? r : ports_ensure(&live->nft, &net, e);
}

/* mark may be NULL. */
static void show_home(const struct step_ports *s, const char *verb, const char *mark, struct str *out)
{
	const char *comment = mark ? arena_printf(out->arena, " comment \"%s\"", mark) : "";

	for (size_t i = 0; i < s->subnets.n; i++)
		str_addf(out, "%s element inet %s %s { %s . \"%s\"%s }\n", verb, RULES_TABLE,
			 strchr(s->subnets.v[i], ':') ? "home6" : "home", s->subnets.v[i], s->bridge,
			 comment);
}

static void ports_show(const struct step *s, struct str *out)
{
	str_addf(out, "nft list chain inet %s publish >/dev/null 2>&1 || nft -f - <<'EOF'\n", RULES_TABLE);
	str_addf(out, "table inet %s {\n%s}\nEOF\nnft -f - <<'EOF'\n", RULES_TABLE, ports_text);
	show_home(&s->ports, "add", s->ports.mark, out);
	str_add(out, "EOF\n");
}

static void ports_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->ports.bridge, out);
	str_add(out, "nft -f - 2>/dev/null <<'EOF' || :\n");
	show_home(&s->ports, "delete", NULL, out);
	str_add(out, "EOF\n");
}

static int ports_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct ip subnets[BRIDGE_SUBNETS];
	struct ports_network net = network_of(&want->ports, subnets);
	struct err e = { 0 };
	int r = nft_open(&nl, &e);

	if (r == 0)
		r = ports_check(&nl, &net, &e);
	netlink_close(&nl);
	return net_found(r, &e, text);
}

/* Those of the container lead nowhere by now: another may have them. */
static int ports_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r;

	live_release_ports(live);
	r = net_take_away(live, s->ports.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = ports_forget(&nl, s->ports.mark, e);
	netlink_close(&nl);
	return net_no_rules(r, e);
}

/* ports_check() compares the rules with all of them at once. */
static const struct field ports_fields[] = {
	FIELD(STR, ports, bridge, .compare = COMPARE_KEY),
	FIELD(STRV, ports, subnets, .compare = COMPARE_KEY),
	FIELD(STR, ports, mark, .compare = COMPARE_KEY),
	FIELD(STR, ports, network, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_ports = {
	.name = "ports",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = ports_fields,
	.apply = ports_apply,
	.show = ports_show,
	.show_undo = ports_show_undo,
	.read = ports_read,
	.undo = ports_undo,
	.restore = ports_apply,
	.network = offsetof(struct step, ports.network),
};

/* ---- 127.0.0.1 ---- */

static const char *setting_of(struct arena *a, const struct step_localnet *s)
{
	return arena_printf(a, "/proc/sys/net/ipv4/conf/%s/route_localnet", s->bridge);
}

static int localnet_apply(const struct step *s, struct live *live, struct err *e)
{
	const char *path = setting_of(live->arena, &s->localnet);
	int r = io_write_small(AT_FDCWD, path, "1");

	return r < 0 ? err_set(e, "localnet", -r, "write 1 to %s", path) : 0;
}

static void localnet_show(const struct step *s, struct str *out)
{
	str_addf(out, "echo 1 > %s\n", str_shell(out, setting_of(out->arena, &s->localnet)));
}

static int localnet_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char now[16];

	if (io_read_small(AT_FDCWD, setting_of(t->arena, &want->localnet), now, sizeof(now)) < 0)
		return READ_MISSING;
	if (str_eq(now, "1"))
		return READ_FOUND;
	str_addf(text, "route_localnet of %s is %s: 127.0.0.1 leads nowhere", want->localnet.bridge, now);
	return READ_CHANGED;
}

/* It goes with the bridge; one that stays passes none any more. */
static int localnet_undo(const struct step *s, struct live *live, struct err *e)
{
	const char *path = setting_of(live->arena, &s->localnet);
	int r = net_take_away(live, s->localnet.network, e);

	if (r <= 0)
		return r;
	r = io_write_small(AT_FDCWD, path, "0");
	return r < 0 && r != -ENOENT ? err_set(e, "localnet", -r, "write 0 to %s", path) : 0;
}

static const struct field localnet_fields[] = {
	FIELD(STR, localnet, bridge, .compare = COMPARE_KEY),
	FIELD(STR, localnet, network, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_localnet = {
	.name = "localnet",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = localnet_fields,
	.apply = localnet_apply,
	.show = localnet_show,
	.read = localnet_read,
	.undo = localnet_undo,
	.restore = localnet_apply,
	.network = offsetof(struct step, localnet.network),
};
