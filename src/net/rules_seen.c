/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/rules_seen.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/str.h"

/* By its comment. */
static bool is_a_repair(const struct nlattr *udata)
{
	static const char words[] = "guise doctor: ";
	const uint8_t *data = udata ? mnl_attr_get_payload(udata) : NULL; /* type, length, text */

	return data && mnl_attr_get_payload_len(udata) >= 2 + sizeof(words) && data[0] == 0 &&
	       memcmp(data + 2, words, sizeof(words) - 1) == 0;
}

void rules_seen_none(struct rules_seen *s)
{
	*s = (struct rules_seen){ .part = s->part, .thorough = s->thorough };
}

static void see_in(struct rules_seen *s, unsigned chain, const struct nlmsghdr *msg,
		   const struct nlattr *udata)
{
	const struct rules_part *part = s->part;
	unsigned row = rules_nth(part, part->chains[chain].name, s->in_chain[chain]++);

	s->n++;
	s->n_same += row != part->n_rows && rules_rule_is(part, row, msg, udata, s->thorough);
}

void rules_see(struct rules_seen *s, const struct nlmsghdr *msg)
{
	const struct nlattr *attr, *udata = NULL;
	const char *chain = "";

	if (nft_kind(msg) != NFT_MSG_NEWRULE)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_CHAIN)
			chain = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == NFTA_RULE_USERDATA)
			udata = attr;
	}
	for (unsigned c = 0; !is_a_repair(udata) && c < s->part->n_chains; c++)
		if (str_eq(chain, s->part->chains[c].name))
			see_in(s, c, msg, udata);
}

bool rules_seen_all(const struct rules_seen *s)
{
	return s->n == s->part->n_rows && s->n_same == s->n;
}

/* ---- what is wrong ---- */

int rules_missing(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-missing", ENOENT, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

int rules_different(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-different", ESTALE, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

int rules_seen_check(const struct rules_seen *s, struct err *e)
{
	if (s->n < s->part->n_rows)
		return rules_missing(e, "nft table", RULES_TABLE, ""),
		       err_cause(e, "it lacks a rule%s", s->part->of);
	if (!rules_seen_all(s))
		return rules_different(e, "nft table", RULES_TABLE, ""),
		       err_cause(e, "its rules%s have been changed", s->part->of);
	return 0;
}

int rules_check_chains(struct netlink *nl, const struct rules_part *part, struct err *e)
{
	for (unsigned c = 0; c < part->n_chains; c++) {
		int r = nft_chain_is(nl, RULES_TABLE, &part->chains[c], e);

		if (r < 0)
			return r;
		if (!r)
			return rules_different(
				e, "nft chain", part->chains[c].name,
				"it is not of the type, hook, priority and policy that guise gave it");
	}
	return 0;
}
