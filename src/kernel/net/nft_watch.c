/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft_watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/str.h"
#include "kernel/net/nft.h"

/* Bound, for who has no address is passed over by all that the kernel tells (do_one_broadcast()). */
int nft_watch_open(struct netlink *nl, struct err *e)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES, r = nft_open(nl, e);

	if (r < 0 || (bind(nl->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
		      setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0))
		return r;
	return err_set(e, "nft-watch", errno, "listen to changes of the firewall"),
	       err_hint_for(e, EPERM, "run it as root");
}

/* The table's name is the same attribute of all of them. */
static int gone_with(const struct nlmsghdr *msg, const char *table)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;

	switch (nft_kind(msg)) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
	case NFT_MSG_DELSET:
		break;
	default:
		return 0;
	}
	mnl_attr_for_each(attr, msg,
			  sizeof(*nfg)) if (nfg->nfgen_family == NFPROTO_INET &&
					    mnl_attr_get_type(attr) == NFTA_TABLE_NAME &&
					    str_eq(mnl_attr_get_str(attr), table)) return NFT_GONE_HERE;
	return NFT_GONE_ELSEWHERE;
}

static int all_gone(const char *buf, ssize_t size, const char *table)
{
	int left = (int)size, gone = 0;

	for (const struct nlmsghdr *msg = (const void *)buf; mnl_nlmsg_ok(msg, left);
	     msg = mnl_nlmsg_next(msg, &left))
		gone |= gone_with(msg, table);
	return gone;
}

int nft_watch(struct netlink *nl, const char *table, int timeout_ms, struct err *e)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	int seen = 0;
	ssize_t n;

	if (poll(&p, 1, timeout_ms) < 0 && errno != EINTR)
		return err_set(e, "nft-watch", errno, "wait for changes of the firewall");
	while ((n = recv(nl->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0 || (n < 0 && errno == ENOBUFS))
		seen |= n < 0 ? NFT_GONE_HERE | NFT_GONE_ELSEWHERE : all_gone(buf, n, table);
	return n == 0 || errno == EAGAIN || errno == EINTR ?
		       seen :
		       err_set(e, "nft-watch", errno, "read changes of the firewall");
}
