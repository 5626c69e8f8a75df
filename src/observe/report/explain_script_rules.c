/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules of its network namespace, as documents for nft(8) and iptables-restore(8). A rule with what can't be told as
 * text is a comment in it. */
#include <netinet/in.h>
#include <string.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/utf8.h"
#include "kernel/net/nft.h"
#include "observe/report/explain_script.h"
#include "observe/walk/eval.h"
#include "observe/walk/nft.h"

static const char *const hook_name[] = { "prerouting", "input", "forward", "output", "postrouting" };

/* Is what it names made? */
static bool has_sets(const struct world_table *t, const struct world_nft_rule *r, struct arena *a)
{
	for (size_t i = 0; i < r->n_exprs; i++) {
		const struct world_set *set = nft_set_named(t, r->exprs[i].set);

		if (set && !(set->flags & NFT_SET_ANONYMOUS) && !nft_set_text(a, set))
			return false;
	}
	return true;
}

static void add_rule(const struct world_table *t, const struct world_nft_rule *r, struct str *out)
{
	const char *text = nft_rule_text(out->arena, t, r);

	/* "[kind]": an expression that has no text here */
	bool is_told = !strchr(text, '[') && has_sets(t, r, out->arena);

	str_addf(out, "\t\t%s%s\n", is_told ? "" : "# not made: ", str_visible(out, text));
}

static void add_set(const struct world_set *set, struct str *out)
{
	const char *text = nft_set_text(out->arena, set);

	if (text)
		str_addf(out, "\t%s\n", text);
	else if (!(set->flags & NFT_SET_ANONYMOUS))
		str_addf(out, "\t# not made: set %s\n", str_visible(out, set->name));
}

static void add_chain(const struct world_table *t, const struct world_chain *c, struct str *out)
{
	str_addf(out, "\tchain %s {\n", str_visible(out, c->name));
	if (c->type && c->hook < ARRAY_LEN(hook_name))
		str_addf(out, "\t\ttype %s hook %s priority %lld; policy %s;\n", str_visible(out, c->type),
			 hook_name[c->hook], (long long)c->priority,
			 c->policy == NF_DROP ? "drop" : "accept");
	for (size_t i = 0; i < c->n_rules; i++)
		add_rule(t, &c->rules[i], out);
	str_add(out, "\t}\n");
}

static void add_table(const struct world_table *t, struct str *out)
{
	const char *family = nft_family_name(t->family);

	if (t->family == NFPROTO_NETDEV)
		return; /* its chains are of links that have other names there */
	/* declared first: a rule may jump to a chain that comes later */
	str_addf(out, "table %s %s {\n", family, str_visible(out, t->name));
	for (size_t i = 0; i < t->n_sets; i++)
		add_set(&t->sets[i], out);
	for (size_t i = 0; i < t->n_chains; i++)
		add_chain(t, &t->chains[i], out);
	str_add(out, "}\n");
}

static void add_xt_table(const struct world_xt_table *t, struct str *out)
{
	str_addf(out, "ip netns exec \"$name\" %s-legacy-restore <<'RULES'\n*%s\n",
		 t->family == NFPROTO_IPV6 ? "ip6tables" : "iptables", str_visible(out, t->name));
	for (size_t i = 0; i < t->n_chains; i++)
		str_addf(out, ":%s %s\n", str_visible(out, t->chains[i].name),
			 !t->chains[i].is_base                                                 ? "-" :
			 t->chains[i].policy == -NF_DROP - 1 || t->chains[i].policy == NF_DROP ? "DROP" :
												 "ACCEPT");
	for (size_t i = 0; i < t->n_chains; i++)
		for (size_t k = 0; k < t->chains[i].n_rules; k++)
			str_addf(out, "%s\n",
				 str_visible(out, xt_rule_text(out->arena, (unsigned)t->family,
							       t->chains[i].name, &t->chains[i].rules[k])));
	str_add(out, "COMMIT\nRULES\n");
}

static bool has_rules(const struct world_xt_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++)
		if (t->chains[i].n_rules || !t->chains[i].is_base)
			return true;
	return false;
}

void script_rules(const struct explanation *x, struct str *out)
{
	const struct world_netns *ns = x->target->netns;

	if (ns && ns->n_tables) {
		str_add(out, "ip netns exec \"$name\" nft -f - <<'RULES'\n");
		for (size_t i = 0; i < ns->n_tables; i++)
			add_table(&ns->tables[i], out);
		str_add(out, "RULES\n");
	}
	for (size_t i = 0; ns && i < ns->n_xtables; i++)
		if (ns->xtables[i].family != NFPROTO_BRIDGE && has_rules(&ns->xtables[i]))
			add_xt_table(&ns->xtables[i], out);
	str_add(out, "\n");
}
