/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/network_pass.h"

#include <linux/netfilter.h>
#include <string.h>

#include "kernel/net/nft.h"
#include "kernel/net/nft_drops.h"
#include "kernel/net/xt_drops.h"
#include "net/rules_table.h"

static bool has_family(const struct network_fact *n, uint8_t family)
{
	for (size_t i = 0; i < n->n_at; i++)
		if (family == NFPROTO_INET || !strchr(n->at[i].subnet, ':') == (family == NFPROTO_IPV4))
			return true;
	return false;
}

/* By a socket of its own: live's outlives no change of process. */
static int find(struct live *live, const struct network_fact *n, struct nft_drop **list, size_t *count,
		struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = nft_open(&nl, e);

	*count = 0;
	if (r == 0)
		r = nft_forward_drops(&nl, live->arena, RULES_TABLE, n->bridge, list, count, e);
	netlink_close(&nl);
	return r;
}

/* iptables-nft knows its tables by these names. */
static bool is_xtables(const struct nft_drop *d)
{
	return d->family != NFPROTO_INET && str_eq(d->table, "filter") && str_eq(d->chain, "FORWARD");
}

int network_pass(struct live *live, struct network_fact *n, struct err *e)
{
	struct nft_drop *list;
	size_t count;
	int r = find(live, n, &list, &count, e);

	n->pass = arena_array(live->arena, struct pass_fact, count);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (has_family(n, list[i].family))
			n->pass[n->n_pass++] = (struct pass_fact){ list[i].family, list[i].table,
								   list[i].own ?: list[i].chain,
								   is_xtables(&list[i]) };
	return r;
}

static bool note_nft(struct live *live, const struct network_fact *n, struct facts *f)
{
	struct nft_drop *list;
	struct err ignored;
	size_t count;

	if (find(live, n, &list, &count, &ignored) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (list[i].names_link || !has_family(n, list[i].family))
			continue;
		strv_push(
			live->arena, &f->notes,
			arena_printf(
				live->arena,
				"chain %s of table %s %s drops what it does not know, and no rule of it names %s, so "
				"network %s may reach nothing outside: guise doctor tells, and --fix mends it; a "
				"network made with --firewall-compat is let through",
				list[i].chain, nft_family_name(list[i].family), list[i].table, n->bridge,
				n->name));
		return true;
	}
	return false;
}

/* Only the program itself changes its tables. */
static bool note_legacy(struct live *live, const struct network_fact *n, struct facts *f, uint8_t family)
{
	const char *program = family == NFPROTO_IPV6 ? "ip6tables-legacy" : "iptables-legacy";

	if (!has_family(n, family) ||
	    !xt_forward_drops(live->arena, family == NFPROTO_IPV6 ? AF_INET6 : AF_INET, n->bridge))
		return false;
	strv_push(
		live->arena, &f->notes,
		arena_printf(
			live->arena,
			"chain FORWARD of %s drops what it does not know, and no rule of it names %s, so network %s may "
			"reach nothing outside: guise doctor tells, and --fix mends it, or %s -I FORWARD -i %s -j "
			"ACCEPT, and the same with -o",
			program, n->bridge, n->name, program, n->bridge));
	return true;
}

void network_pass_note(struct live *live, const struct network_fact *n, struct facts *f)
{
	if (n->internal || n->bare)
		return;
	if (n->n_pass || !note_nft(live, n, f)) {
		if (!note_legacy(live, n, f, NFPROTO_IPV4))
			note_legacy(live, n, f, NFPROTO_IPV6);
	}
}
