/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nftrace.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/net/nft.h"

enum { FIRST = -500 }; /* before raw, and what people write there */

#define TABLE "guise_trace"

/* ---- the table ---- */

struct wish {
	const char *table;
	uint8_t proto;
};

static void put_message(struct netlink_batch *b, uint16_t type, uint16_t flags)
{
	struct nfgenmsg *nfg = netlink_add(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_INET;
	netlink_label(b, "nft-trace", "trace packets in table inet", TABLE);
}

/* An expression of two numbers. */
static void put_pair(struct netlink_batch *b, const char *name, uint16_t one, uint32_t v1, uint16_t two,
		     uint32_t v2)
{
	struct nlattr *elem = netlink_nest(b, NFTA_LIST_ELEM), *data;

	netlink_put_str(b, NFTA_EXPR_NAME, name);
	data = netlink_nest(b, NFTA_EXPR_DATA);
	netlink_put_be32(b, one, v1);
	netlink_put_be32(b, two, v2);
	netlink_nest_end(b, data);
	netlink_nest_end(b, elem);
}

static void put_value(struct netlink_batch *b, uint16_t type, uint8_t value)
{
	struct nlattr *data = netlink_nest(b, type);

	netlink_put(b, NFTA_DATA_VALUE, &value, 1);
	netlink_nest_end(b, data);
}

static void put_is(struct netlink_batch *b, uint8_t value)
{
	struct nlattr *elem = netlink_nest(b, NFTA_LIST_ELEM), *data;

	netlink_put_str(b, NFTA_EXPR_NAME, "cmp");
	data = netlink_nest(b, NFTA_EXPR_DATA);
	netlink_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(b, NFTA_CMP_DATA, value);
	netlink_nest_end(b, data);
	netlink_nest_end(b, elem);
}

static void put_load_one(struct netlink_batch *b)
{
	struct nlattr *elem = netlink_nest(b, NFTA_LIST_ELEM), *data;

	netlink_put_str(b, NFTA_EXPR_NAME, "immediate");
	data = netlink_nest(b, NFTA_EXPR_DATA);
	netlink_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	put_value(b, NFTA_IMMEDIATE_DATA, 1);
	netlink_nest_end(b, data);
	netlink_nest_end(b, elem);
}

/* meta l4proto PROTO meta nftrace set 1 */
static void put_rule(struct netlink_batch *b, const char *table, const char *chain, uint8_t proto)
{
	struct nlattr *list;

	put_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	netlink_put_str(b, NFTA_RULE_TABLE, table);
	netlink_put_str(b, NFTA_RULE_CHAIN, chain);
	list = netlink_nest(b, NFTA_RULE_EXPRESSIONS);
	put_pair(b, "meta", NFTA_META_KEY, NFT_META_L4PROTO, NFTA_META_DREG, NFT_REG_1);
	put_is(b, proto);
	put_load_one(b);
	put_pair(b, "meta", NFTA_META_KEY, NFT_META_NFTRACE, NFTA_META_SREG, NFT_REG_1);
	netlink_nest_end(b, list);
}

static int plan(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	static const struct nft_chain chains[] = {
		{ "in", "filter", NF_INET_PRE_ROUTING, FIRST },
		{ "out", "filter", NF_INET_LOCAL_OUT, FIRST },
	};
	const struct wish *w = arg;

	(void)nl, (void)e;
	put_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	netlink_put_str(b, NFTA_TABLE_NAME, w->table);
	netlink_put_be32(b, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
		nft_add_chain(b, w->table, &chains[i]);
		put_rule(b, w->table, chains[i].name, w->proto);
	}
	return 1;
}

int nftrace_start(struct nftrace *t, uint8_t proto, struct err *e)
{
	char table[32];
	struct wish w = { table, proto };
	int r = nft_open(&t->nl, e);

	/* several may trace at a time */
	snprintf(table, sizeof(table), TABLE "_%d", (int)getpid());
	if (r < 0)
		return r;
	r = nft_change(&t->nl, plan, &w, e);
	if (r == 0 && setsockopt(t->nl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){ NFNLGRP_NFTRACE },
				 sizeof(int)) < 0)
		r = err_set(e, "nft-trace", errno, "listen to nf_tables' traces");
	if (r < 0)
		nftrace_stop(t);
	return r;
}

void nftrace_stop(struct nftrace *t)
{
	netlink_close(&t->nl);
}

/* ---- what it tells ---- */

static void take_verdict(const struct nlattr *nest, struct nftrace_event *ev)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == NFTA_VERDICT_CODE)
			ev->verdict = ntohl(mnl_attr_get_u32(attr));
	}
}

static void take_header(const struct nlattr *attr, struct nftrace_event *ev)
{
	const uint8_t *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);

	if (n >= 20 && p[0] >> 4 == 4) {
		ev->src = ip_of(AF_INET, p + 12, 4);
		ev->dst = ip_of(AF_INET, p + 16, 4);
	} else if (n >= 40 && p[0] >> 4 == 6) {
		ev->src = ip_of(AF_INET6, p + 8, 16);
		ev->dst = ip_of(AF_INET6, p + 24, 16);
	}
}

static void take_attribute(const struct nlattr *attr, struct nftrace_event *ev)
{
	switch (mnl_attr_get_type(attr)) {
	case NFTA_TRACE_TABLE:
		snprintf(ev->table, sizeof(ev->table), "%s", mnl_attr_get_str(attr));
		break;
	case NFTA_TRACE_CHAIN:
		snprintf(ev->chain, sizeof(ev->chain), "%s", mnl_attr_get_str(attr));
		break;
	case NFTA_TRACE_RULE_HANDLE:
		ev->handle = be64toh(mnl_attr_get_u64(attr));
		break;
	case NFTA_TRACE_TYPE:
		ev->type = ntohl(mnl_attr_get_u32(attr));
		break;
	case NFTA_TRACE_POLICY:
		ev->verdict = ntohl(mnl_attr_get_u32(attr));
		break;
	case NFTA_TRACE_VERDICT:
		take_verdict(attr, ev);
		break;
	case NFTA_TRACE_NETWORK_HEADER:
		take_header(attr, ev);
		break;
	default:
		break;
	}
}

static void take_message(const struct nlmsghdr *msg, nftrace_fn *fn, void *arg)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(msg);
	struct nftrace_event ev = { 0 };
	const struct nlattr *attr;

	if (nft_kind(msg) != NFT_MSG_TRACE)
		return;
	ev.family = nfg->nfgen_family;
	mnl_attr_for_each(attr, msg, sizeof(*nfg))
	{
		take_attribute(attr, &ev);
	}
	if (strncmp(ev.table, TABLE, sizeof(TABLE) - 1) != 0)
		fn(&ev, arg);
}

void nftrace_read(struct nftrace *t, nftrace_fn *fn, void *arg)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	ssize_t n;

	while ((n = recv(t->nl.fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		int left = (int)n;

		for (struct nlmsghdr *m = (void *)buf; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
			take_message(m, fn, arg);
	}
}
