/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/further.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include "net/rules_seen.h"

static const struct nft_chain chain = { "further", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW };

const char further_text[] = "\tchain further {\n"
			    "\t\ttype filter hook prerouting priority raw; policy accept;\n"
			    "\t\tiifname \"" FURTHER_PREFIX "*\" notrack comment \"guise further\"\n"
			    "\t}\n";

static const struct rules_row row = { 0, "guise further" };

static void make(unsigned n, struct nft_rule *r)
{
	nft_put_in(r, FURTHER_PREFIX);
	nft_put_notrack(r);
}

static const struct rules_part part = { NULL, 0, &chain, 1, &row, 1, make, " of further bridges" };

static void take_rules(const struct nlmsghdr *msg, void *arg)
{
	if (msg)
		rules_see(arg, msg);
	else
		rules_seen_none(arg);
}

static int look(struct netlink *nl, struct rules_seen *seen, struct err *e)
{
	struct netlink_batch b;

	rules_seen_none(seen);
	netlink_start(&b);
	nft_ask_rules(&b, RULES_TABLE);
	return nft_ask(nl, &b, take_rules, seen, e);
}

static int plan_ensure(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct rules_seen *seen = arg;
	int r = look(nl, seen, e);

	if (r < 0 || rules_seen_all(seen))
		return r;
	return rules_put_part(b, &part, true, true) ?
		       1 :
		       err_set(e, "nft-memory", ENOMEM, "describe table inet " RULES_TABLE);
}

int further_ensure(struct netlink *nl, struct err *e)
{
	struct rules_seen seen = { .part = &part };
	int r = look(nl, &seen, e);

	return r < 0 || rules_seen_all(&seen) ? r : nft_change(nl, plan_ensure, &seen, e);
}

int further_check(struct netlink *nl, struct err *e)
{
	struct rules_seen seen = { .part = &part, .thorough = true };
	int r = look(nl, &seen, e);

	if (r < 0 || (r = rules_seen_check(&seen, e)) < 0)
		return r;
	return rules_check_chains(nl, &part, e);
}
