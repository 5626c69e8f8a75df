/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A person's order (guise network create --firewall-compat): what stands on the way of what the host forwards, and drops
 * what it does not know, gets two rules, for what comes from a network's bridge, and for what goes there. That nobody
 * reaches the network unasked see to guise's own rules, which a packet must come through as well.
 *
 * A tool that makes its rules anew takes them away; `guise network reload` puts them back. They are known by their
 * comment, the network's mark. That there are some says a file in the directory of the network's leases, so that who
 * takes away what the last container left, without a record, looks for them in all chains.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/net/nft.h"
#include "kernel/net/nft_insert.h"
#include "plan/live.h"
#include "plan/steps/net.h"

static struct nft_insert rule_of(const struct step_pass *s)
{
	return (struct nft_insert){ .family = (uint8_t)s->family,
				    .table = s->table,
				    .chain = s->chain,
				    .in = s->bridge,
				    .out = s->bridge,
				    .each = true,
				    .xtables = s->xtables,
				    .comment = s->mark };
}

static const char *word_of(struct arena *a, const struct step_pass *s)
{
	return arena_printf(a, "net/%s/" NET_PASS, s->network);
}

static int pass_apply(const struct step *s, struct live *live, struct err *e)
{
	struct nft_insert rule = rule_of(&s->pass);
	autoclose int word = openat(live->rundir, word_of(live->arena, &s->pass),
				    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (word < 0)
		return err_set(e, "state", errno, "note that there is a rule in chain %s", s->pass.chain);
	if ((r = net_open_nft(live, e)) < 0)
		return r;
	r = nft_insert(&live->nft, &rule, e);
	return r < 0 ? err_hint_for(e, ENOENT, "chain %s has just gone: start the container once more",
				    s->pass.chain) :
		       0;
}

/* What comes in, or goes out, by the bridge. */
static void show_one(const struct step_pass *s, const char *verb, const char *way, struct str *out)
{
	if (s->xtables)
		str_addf(out, "%s -w -t %s -%c %s -%c %s -m comment --comment %s -j ACCEPT",
			 s->family == NFPROTO_IPV6 ? "ip6tables-nft" : "iptables-nft", s->table,
			 *verb == 'i' ? 'I' : 'D', str_shell(out, s->chain), *way, s->bridge,
			 str_shell(out, s->mark));
	else
		str_addf(out, "nft %s",
			 str_shell(out, arena_printf(out->arena,
						     "insert rule %s %s %s %s \"%s\" accept comment \"%s\"",
						     nft_family_name(s->family), s->table, s->chain, way,
						     s->bridge, s->mark)));
}

static void pass_show(const struct step *s, struct str *out)
{
	show_one(&s->pass, "insert", s->pass.xtables ? "o" : "oifname", out);
	str_add(out, "\n");
	show_one(&s->pass, "insert", s->pass.xtables ? "i" : "iifname", out);
	str_add(out, "\n");
}

static void pass_show_undo(const struct step *s, struct str *out)
{
	const struct step_pass *p = &s->pass;
	const char *place = arena_printf(out->arena, "%s %s %s", nft_family_name(p->family), p->table,
					 p->chain);

	net_show_unless_used(p->bridge, out);
	if (p->xtables) {
		str_add(out, "{ ");
		show_one(p, "delete", "i", out);
		str_add(out, "; ");
		show_one(p, "delete", "o", out);
		str_add(out, "; } 2>/dev/null || :\n");
		return;
	}
	str_addf(out,
		 "nft -a list chain %s 2>/dev/null | sed -n 's|.* comment \"%s\" # handle ||p' |\n"
		 "\twhile read -r handle; do nft delete rule %s handle \"$handle\"; done\n",
		 place, p->mark, place);
}

static int pass_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct nft_insert rule = rule_of(&want->pass);
	struct netlink nl = NETLINK_CLOSED;
	struct err e = { 0 };
	char line[512];
	int r = nft_open(&nl, &e);

	if (r == 0)
		r = nft_inserted(&nl, &rule, &e);
	netlink_close(&nl);
	if (r < 0)
		str_add(text, err_line(&e, line, sizeof(line)));
	else if (r == 0)
		str_addf(text, "chain %s of table %s has no rule that lets %s through", want->pass.chain,
			 want->pass.table, want->pass.bridge);
	return r < 0 ? READ_UNKNOWN : r ? READ_FOUND : READ_MISSING;
}

static int pass_undo(const struct step *s, struct live *live, struct err *e)
{
	struct nft_insert rule = { .comment = s->pass.mark };
	struct netlink nl = NETLINK_CLOSED;
	int r = net_take_away(live, s->pass.network, e);

	if (r <= 0)
		return r;
	if ((r = nft_open(&nl, e)) == 0)
		r = nft_remove(&nl, &rule, e);
	netlink_close(&nl);
	r = net_no_rules(r, e);
	if (r == 0)
		unlinkat(live->rundir, word_of(live->arena, &s->pass), 0);
	return r;
}

/* The comment tells that they are the same. */
static const struct field pass_fields[] = {
	FIELD(U64, pass, family, .compare = COMPARE_KEY),  FIELD(STR, pass, table, .compare = COMPARE_KEY),
	FIELD(STR, pass, chain, .compare = COMPARE_KEY),   FIELD(BOOL, pass, xtables, .compare = COMPARE_KEY),
	FIELD(STR, pass, bridge, .compare = COMPARE_KEY),  FIELD(STR, pass, mark, .compare = COMPARE_KEY),
	FIELD(STR, pass, network, .compare = COMPARE_KEY), { 0 },
};

const struct step_ops step_pass = {
	.name = "pass",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = pass_fields,
	.apply = pass_apply,
	.show = pass_show,
	.show_undo = pass_show_undo,
	.read = pass_read,
	.undo = pass_undo,
	.restore = pass_apply,
	.network = offsetof(struct step, pass.network),
};
