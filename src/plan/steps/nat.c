/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The rules of a network, and that the host forwards its packets: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/io.h"
#include "kernel/net/nft.h"
#include "net/bridge.h"
#include "net/lease.h"
#include "plan/live.h"
#include "plan/steps/net.h"

/* ---- nat ---- */

static int open_nat(const struct step_nat *s, struct netlink *nl, struct nft_network *nat, struct err *e)
{
	*nat = (struct nft_network){ .comment = s->mark, .bridge = s->bridge };
	ip_parse(s->subnet, &nat->subnet);
	return nft_open(nl, e);
}

static int nat_apply(const struct step *s, struct live *live, struct err *e)
{
	struct nft_network nat;
	int r = open_nat(&s->nat, &live->nft, &nat, e);

	return r < 0 ? r : nft_network_ensure(&live->nft, &nat, e);
}

static void nat_show(const struct step *s, struct str *out)
{
	const char *bridge = s->nat.bridge, *mark = s->nat.mark;

	str_addf(out, "nft list table ip %s 2>/dev/null | grep -qF 'comment \"%s\"' || nft -f - <<'EOF'\n",
		 NFT_TABLE, mark);
	str_addf(out, "table ip %s {\n\tchain postrouting {\n", NFT_TABLE);
	str_add(out, "\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
	str_addf(out, "\t\tip saddr %s oifname != \"%s\" masquerade comment \"%s\"\n\t}\n", s->nat.subnet,
		 bridge, mark);
	str_add(out, "\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n");
	str_addf(
		out,
		"\t\tiifname != \"%s\" oifname \"%s\" ct state invalid,new,untracked drop comment \"%s\"\n\t}\n}\nEOF\n",
		bridge, bridge, mark);
}

/* And what STEP_FORWARD did, which goes with the last network. */
static void nat_show_undo(const struct step *s, struct str *out)
{
	net_show_unless_used(s->nat.bridge, out);
	str_add(out, "for chain in postrouting forward; do\n");
	str_addf(
		out,
		"\tnft -a list chain ip %s $chain 2>/dev/null | grep -F 'comment \"%s\"' | sed 's/.*# handle //' |\n",
		NFT_TABLE, s->nat.mark);
	str_addf(out,
		 "\t\twhile read -r handle; do nft delete rule ip %s $chain handle $handle; done\ndone\n",
		 NFT_TABLE);
	str_addf(
		out,
		"if nft list table ip %s >\"$work/table\" 2>/dev/null && ! grep -q masquerade \"$work/table\"; then\n",
		NFT_TABLE);
	str_addf(
		out,
		"\tif grep -qF 'comment \"%s\"' \"$work/table\"; then echo 0 > /proc/sys/net/ipv4/ip_forward; fi\n",
		NFT_FORWARDING);
	str_addf(out, "\tnft delete table ip %s\nfi\n", NFT_TABLE);
}

static enum finding nat_check(const struct step *s, struct target *t, struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct nft_network nat;
	struct err e = { 0 };
	char line[512];
	int r = open_nat(&s->nat, &nl, &nat, &e);

	if (r == 0)
		r = nft_network_check(&nl, &nat, &e);
	netlink_close(&nl);
	if (r == 0)
		return FOUND_AS_PLANNED;
	str_add(text, err_line(&e, line, sizeof(line)));
	return r == -ENOENT ? FOUND_MISSING : r == -ESTALE ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static int nat_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct nft_network nat;
	int r = net_take_away(live, s->nat.network, e);

	if (r <= 0)
		return r;
	r = open_nat(&s->nat, &nl, &nat, e);
	if (r == 0)
		r = nft_network_delete(&nl, s->nat.mark, e);
	netlink_close(&nl);
	return r;
}

static const struct field nat_fields[] = {
	FIELD(STR, nat, bridge),
	FIELD(STR, nat, subnet),
	FIELD(STR, nat, mark),
	FIELD(STR, nat, network),
	{ 0 },
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
	.check = nat_check,
	.undo = nat_undo,
};

/* ---- forward ---- */

/* That it was off before guise came is kept by a rule of the table, which forwards between nobody but the bridges and
 * the rest (kernel/net/nft.h): so it belongs to the network namespace, as the bridges do, and goes with it. The rule is
 * there before forwarding is on, and forwarding off before it goes. */
static int end_others(struct live *live, struct err *e)
{
	int r = live->nft.fd >= 0 ? 0 : nft_open(&live->nft, e);

	return r < 0 ? r : nft_forwarding_ensure(&live->nft, e);
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
	if ((r = lease_lock_namespace(&live->leases, e)) < 0 || (r = end_others(live, e)) < 0)
		return r;
	/* privileged: the host forwards what comes in by any link; without it no packet of a container leaves the
	 * machine */
	return write_forwarding(&s->forward, s->forward.value, e);
}

static void forward_show(const struct step *s, struct str *out)
{
	str_addf(out, "if [ \"$(cat /proc/sys/%s)\" != %s ]; then\n", s->forward.name, s->forward.value);
	str_addf(out,
		 "\tnft 'add rule ip %s forward iifname != \"%s\" oifname != \"%s\" drop comment \"%s\"'\n",
		 NFT_TABLE, NFT_BRIDGES, NFT_BRIDGES, NFT_FORWARDING);
	str_addf(out, "\techo %s > /proc/sys/%s\nfi\n", s->forward.value, s->forward.name);
}

static enum finding forward_check(const struct step *s, struct target *t, struct str *text)
{
	char path[256], now[16];

	snprintf(path, sizeof(path), "/proc/sys/%s", s->forward.name);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return FOUND_UNKNOWN;
	if (str_eq(now, s->forward.value))
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->forward.name, now);
	return FOUND_DIFFERENT;
}

static int forward_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	bool ends = false;
	int r = net_take_away(live, s->forward.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = nft_forwarding_ends(&nl, s->forward.mark, &ends, e);
	netlink_close(&nl);
	return r < 0 || !ends ? r : write_forwarding(&s->forward, "0", e);
}

static const struct field forward_fields[] = {
	FIELD(STR, forward, name),
	FIELD(STR, forward, value),
	FIELD(STR, forward, mark),
	FIELD(STR, forward, network),
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
	.check = forward_check,
	.undo = forward_undo,
};
