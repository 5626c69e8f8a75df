/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/walk/filter.h"

/*
 * The evaluation of rules at one hook: what nft.c, xt.c and their helpers share. Private to the walk's filter.
 *
 * A match is YES, NO or MAYBE. A rule that may match and would end the chain is noted by eval_perhaps(), and the chain
 * goes on. Whether it matters says filter.c at the end of the base chain: it does where any such end differs from the one
 * that was reached. While `perhaps` isn't 0, what runs would run only perhaps: its changes to the packet make what they
 * change unknown.
 */
enum truth { NO, YES, MAYBE };

/* How a chain ends. END_OTHER: with what a walk can't follow, such as a queue to a program. */
enum end { END_NONE, END_ACCEPT, END_DROP, END_REJECT, END_OTHER, END_COUNT };

/* The end of a chain, and the rule that did it. */
struct decision {
	enum end end;
	const char *chain, *reason;
	const struct world_table *table; /* of an nft rule */
	const struct world_nft_rule *nft;
	const struct world_xt_rule *xt;
	size_t number; /* of an xt rule in its chain, from 1 */
};

struct eval {
	const struct world_netns *ns;
	unsigned family, hook; /* NFPROTO_* of the hook, not of a table in inet */
	unsigned nfproto;      /* as rules see it: of inet's ingress, IP's */
	struct packet *p;
	struct arena *a;
	bool sees_ct; /* connection tracking has looked at it already */
	bool is_nat;  /* in a chain of NAT */
	unsigned perhaps;
	unsigned long budget; /* steps left: a ruleset of a stranger may be made to take forever */
	const char *reason;   /* of the last MAYBE */
	struct decision possible[END_COUNT];
	bool snat, dnat;
};

enum { EVAL_BUDGET = 4000000, EVAL_RULE_COST = 16, EVAL_DEPTH = 16, EVAL_XT_DEPTH = 64 };

static inline enum truth eval_maybe(struct eval *ev, const char *reason)
{
	ev->reason = reason;
	return MAYBE;
}

static inline enum truth truth_of(bool is)
{
	return is ? YES : NO;
}

static inline enum truth truth_not(enum truth t, bool invert)
{
	return !invert || t == MAYBE ? t : truth_of(t == NO);
}

static inline enum truth truth_and(enum truth a, enum truth b)
{
	return a == NO || b == NO ? NO : a == MAYBE || b == MAYBE ? MAYBE : YES;
}

/* Takes a rule's cost off the budget; false: there is none left. */
static inline bool eval_pay(struct eval *ev, unsigned long cost)
{
	if (ev->budget < cost)
		ev->budget = 0;
	else
		ev->budget -= cost;
	return ev->budget > 0;
}

/* Note an end that the chain may have had. */
void eval_perhaps(struct eval *ev, struct decision d);

/* nft.c, xt.c: a base chain, without its policy: END_NONE where it falls through. */
struct decision nft_run(struct eval *ev, const struct world_table *t, const struct world_chain *c);
struct decision xt_run(struct eval *ev, const struct world_xt_table *t, const struct world_xt_chain *c);

/* ---- values of which some bits are known (bits.c) ---- */

enum { BITS_MAX = 64 };

struct bits {
	uint8_t v[BITS_MAX], known[BITS_MAX]; /* a bit that is set in known is known */
};

bool bits_known(const struct bits *b, size_t at, size_t n);
enum truth bits_equal(const uint8_t *v, const uint8_t *known, const uint8_t *with, size_t n);

/* -1 and 1: surely less, surely greater; 0: equal; 2: not known. */
int bits_compare(const uint8_t *v, const uint8_t *known, const uint8_t *with, size_t n);

/* n bytes at p, all known or none. */
void bits_put(struct bits *b, size_t at, const void *p, size_t n, bool known);

/* ---- what is loaded from the packet ---- */

/* Bytes of a header into out: NO where the packet has none there (the rule ends), else YES. (header.c) */
enum truth packet_load(struct eval *ev, unsigned base, size_t offset, size_t len, struct bits *out,
		       size_t at);

/* meta, ct, fib, rt, exthdr, socket: into out at `at`. (load.c) */
enum truth load_meta(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at);
enum truth load_ct(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at);
enum truth load_fib(struct eval *ev, const struct world_expr *x, struct bits *out, size_t at);

/* PACKET_HOST, _BROADCAST ...; -1: not known. */
int packet_type(const struct eval *ev);

/* State as rules see it: PACKET_CT_*; 0: not known. */
uint32_t packet_ct_state(const struct eval *ev);

/* Has it a socket here, where no route was asked yet? NO: there can't be one; MAYBE: what it is like isn't known. */
enum truth packet_socket(struct eval *ev);

/* The socket's net_cls class, where it is known: 0. NO: it has no socket. */
enum truth packet_classid(const struct eval *ev);

/* The connection as rules see it here: NULL where there is none. */
const struct packet_conn *packet_ct(const struct eval *ev);

/* The type of an address, RTN_*, or -1. */
int packet_addr_type(struct eval *ev, struct ip ip, int64_t link);

/* The route's link of a packet that would go back to the source, or -1. */
int64_t packet_reverse(struct eval *ev, bool with_mark, unsigned *type);

/* ---- sets (set.c) ---- */

/* Takes an element that matches, or may. false: no further ones, please. */
typedef void element_fn(struct eval *ev, const struct world_element *el, enum truth t, void *arg);

/* Whether the key is in the set; fn, where given, is called with the element, or with all that may be it. */
enum truth set_lookup(struct eval *ev, const struct world_set *s, const struct bits *key, size_t at,
		      element_fn *fn, void *arg);

/* A set of ipset(8): dims and flags as in struct xt_set_info (IPSET_DIM_ONE_SRC ...). (ipset.c) */
enum truth ipset_match(struct eval *ev, const struct world_ipset *s, unsigned dim, unsigned flags);

/* ---- NAT (nat.c) ---- */

struct nat_range {
	bool has_addr, has_port, is_netmap, is_random, is_masquerade, is_redirect;
	struct ip min, max;
	uint16_t port_min, port_max;
};

/* Set NAT up for the connection, of destinations or of sources. MAYBE: what it comes to is not known. */
enum truth nat_set_up(struct eval *ev, bool is_dst, const struct nat_range *r);

/* Translate the packet as its connection says. */
void nat_translate(struct packet *p, bool is_dst);

/* ---- extensions of xtables (xt_match.c, xt_target.c) ---- */

enum truth xt_match(struct eval *ev, const struct world_xt_extension *x);

/* A target but the standard one: its end, or END_NONE where the rule goes on. */
enum end xt_target(struct eval *ev, const struct world_xt_extension *x);

/* ---- text of rules (rule_text.c, xt_text.c) ---- */

/* As nft(8) prints it, as far as it is a common one: else "[kind]" in the place of an expression. */
const char *nft_rule_text(struct arena *a, const struct world_table *t, const struct world_nft_rule *r);

/* A set with a name as nft(8) declares it, with its elements: "set web { type inet_service; elements = { 22, 80 }; }". NULL:
 * what it is of is not known, or not all of it. */
const char *nft_set_text(struct arena *a, const struct world_set *set);

/* As iptables -S prints it: "-A FORWARD -i docker0 -j DROP". */
const char *xt_rule_text(struct arena *a, unsigned family, const char *chain, const struct world_xt_rule *r);
void xt_match_text(struct str *s, const struct world_xt_extension *x);
void xt_target_text(struct str *s, const struct world_xt_extension *x);
