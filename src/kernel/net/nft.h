/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * nf_tables: transactions, and what tables of the inet family are made of, but for rules (kernel/net/nft_rule.h). What
 * is to be in them says net/rules.c.
 *
 * A change is one transaction that the kernel refuses if anyone's ruleset changed since it was looked at. It is then
 * looked at again. So no lock is needed between processes.
 *
 * Messages are made by hand, not with libnftnl: a start that finds all well touches no page of that library. In a fresh
 * process its page faults would cost more than the question to the kernel.
 * Source: linux/netfilter/nf_tables.h; generation check: Linux 4.10; NAT in the inet family: Linux 5.2.
 */

/* A NETLINK_NETFILTER socket; code "nft-unsupported" where the kernel has no netfilter. */
int nft_open(struct netlink *nl, struct err *e);

/* "inet", "ip", "ip6", "arp", "bridge", "netdev", as nft(8) calls NFPROTO_*; "?": another. */
const char *nft_family_name(uint64_t family);

/* Run what was built of questions. The same code where the kernel has no nf_tables. */
int nft_ask(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg, struct err *e);

/* Looks at the ruleset, and adds to the batch what is to change: 1, or 0 where nothing is, or -errno. */
typedef int nft_plan(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e);

/* The number of the ruleset's present state, all tables' together: each change makes it one more. */
int nft_generation(struct netlink *nl, uint32_t *id, struct err *e);

/* Change the ruleset as plan says, which is asked again as long as others change it meanwhile. */
int nft_change(struct netlink *nl, nft_plan *plan, void *arg, struct err *e);

/* ---- messages: for plans, but for the questions ---- */

void nft_ask_table(struct netlink_batch *b, const char *table); /* NFT_MSG_NEWTABLE; absent is fine */
void nft_add_table(struct netlink_batch *b,
		   const char *table); /* one that is there is fine, here and below */
void nft_delete_table(struct netlink_batch *b, const char *table);

struct nft_chain {
	const char *name;
	const char *type; /* "filter", "nat"; NULL: it has no hook, rules jump to it */
	uint32_t hook;    /* NF_INET_* */
	int32_t priority; /* NF_IP_PRI_*; the policy is to accept */
};

void nft_add_chain(struct netlink_batch *b, const char *table, const struct nft_chain *chain);
void nft_flush_chain(struct netlink_batch *b, const char *table, const char *chain);

/* 1 if the chain is there as described, 0 if it is another; -ENOENT. */
int nft_chain_is(struct netlink *nl, const char *table, const struct nft_chain *chain, struct err *e);

/* All rules of a table, chain by chain, the last message of its batch: NFT_MSG_NEWRULE. */
void nft_ask_rules(struct netlink_batch *b, const char *table);

/* The types of a key's parts as nft(8) numbers them; the kernel keeps them for it. Beside each other: the next one in
 * the lower bits. */
enum {
	NFT_TYPE_NFPROTO = 2,
	NFT_TYPE_IPADDR = 7,
	NFT_TYPE_IP6ADDR = 8,
	NFT_TYPE_PROTO = 12,   /* inet_proto */
	NFT_TYPE_SERVICE = 13, /* inet_service */
	NFT_TYPE_IFNAME = 41,
	NFT_TYPE_BITS = 6
};

/* Each part of a key or of a map's data begins at a multiple of four bytes. */
enum { NFT_FIELDS = 2 };
struct nft_set {
	const char *name;
	uint32_t id; /* of its own within a transaction */
	uint32_t type, len;
	bool interval;
	uint8_t fields[NFT_FIELDS];   /* the lengths of an interval's parts, if it has several (Linux 5.6) */
	uint32_t data_type, data_len; /* of a map; 0: it is a set */
};

void nft_add_set(struct netlink_batch *b, const char *table, const struct nft_set *set);

enum { NFT_KEY = 32, NFT_DATA = 20, NFT_COMMENT = 128, NFT_MADE = 96 };

struct nft_element {
	const struct nft_set *set;
	uint8_t key[NFT_KEY]; /* of an interval: its first one */
	uint8_t end
		[NFT_KEY]; /* the one behind its last; zeros: there is none. With several parts: its last */
	uint8_t data[NFT_DATA]; /* of a map */
	const char *comment;    /* less than NFT_COMMENT bytes; NULL: none */
	const void *made;       /* user data behind the comment, which nft(8) doesn't print; may be NULL */
	uint32_t made_len;      /* NFT_MADE at most */
};

void nft_add_element(struct netlink_batch *b, const char *table, const struct nft_element *el);
void nft_delete_element(struct netlink_batch *b, const char *table, const struct nft_element *el);

/* The element with that key, or the interval that it lies in; absent is fine. Or all of a set, the last message of its
 * batch. */
void nft_ask_element(struct netlink_batch *b, const char *table, const struct nft_element *el);
void nft_ask_elements(struct netlink_batch *b, const char *table, const struct nft_set *set);

/* An element of the answer, NFT_MSG_NEWSETELEM. Of an interval there are two, not always in order: its first, and the
 * one behind its last, which has no comment. */
struct nft_seen {
	const uint8_t *key;
	size_t len;
	const uint8_t *last; /* of an interval with several parts, else NULL */
	const uint8_t *data; /* of a map, else NULL */
	size_t data_len;
	bool end;
	char comment[NFT_COMMENT]; /* "" where it has none */
	const void *made;          /* the user data behind it */
	size_t made_len;
};
typedef void nft_element_fn(const struct nft_seen *seen, void *arg);
void nft_read_elements(const struct nlmsghdr *msg, nft_element_fn *fn, void *arg);

/* Both at once: ask for the element with that key, or for all of a set, and hand each to fn. Absent is fine. (What is handed
 * over twice, because the table changed meanwhile, is refused with the transaction.) 0 or -errno, as nft_ask(). */
int nft_find_element(struct netlink *nl, const char *table, const struct nft_element *el, nft_element_fn *fn,
		     void *arg, struct err *e);
int nft_list_elements(struct netlink *nl, const char *table, const struct nft_set *set, nft_element_fn *fn,
		      void *arg, struct err *e);

/* What kind of message an answer is: NFT_MSG_*; -1: none of nf_tables. */
int nft_kind(const struct nlmsghdr *msg);
