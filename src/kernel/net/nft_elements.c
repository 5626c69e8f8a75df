/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Elements of sets, asked for and read: see kernel/net/nft.h. */
#include "kernel/net/nft.h"

#include <linux/netfilter/nf_tables.h>

struct reader {
	nft_element_fn *fn;
	void *arg;
};

static void read_answer(const struct nlmsghdr *msg, void *arg)
{
	const struct reader *r = arg;

	if (msg && nft_kind(msg) == NFT_MSG_NEWSETELEM)
		nft_read_elements(msg, r->fn, r->arg);
}

int nft_find_element(struct netlink *nl, const char *table, const struct nft_element *el, nft_element_fn *fn,
		     void *arg, struct err *e)
{
	struct reader r = { fn, arg };
	struct netlink_batch b;

	netlink_start(&b);
	nft_ask_element(&b, table, el);
	return nft_ask(nl, &b, read_answer, &r, e);
}

int nft_list_elements(struct netlink *nl, const char *table, const struct nft_set *set, nft_element_fn *fn,
		      void *arg, struct err *e)
{
	struct reader r = { fn, arg };
	struct netlink_batch b;

	netlink_start(&b);
	nft_ask_elements(&b, table, set);
	return nft_ask(nl, &b, read_answer, &r, e);
}
