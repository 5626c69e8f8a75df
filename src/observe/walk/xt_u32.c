/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * u32: arithmetic on words of the packet, from the header of IP on (xt_u32.c of the kernel). A word has bits that are not
 * known; what is compared with a range is known where all that the word may be is on one side.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_string.h>
#include <linux/netfilter/xt_u32.h>

#include "observe/walk/xt.h"

struct word {
	uint32_t v, known;
};

/* The headers that the walk knows of, one behind the other. */
struct headers {
	struct bits b;
	size_t n;
};

static void take_headers(struct eval *ev, struct headers *h)
{
	size_t ip = ev->p->src.family == AF_INET6 ? 40 : 20, transport = 4;

	packet_load(ev, NFT_PAYLOAD_NETWORK_HEADER, 0, ip, &h->b, 0);
	packet_load(ev, NFT_PAYLOAD_TRANSPORT_HEADER, 0, transport, &h->b, ip);
	h->n = ip + transport;
	if (ev->p->proto == IPPROTO_TCP)
		packet_load(ev, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1, &h->b, ip + 13), h->n = ip + 14;
}

/* NO: the packet is too short for it, so the rule does not match. */
static enum truth take_word(struct eval *ev, const struct headers *h, uint64_t at, struct word *w)
{
	*w = (struct word){ 0 };
	if (!(ev->p->known & PACKET_LENGTH))
		return MAYBE;
	if (at + sizeof(w->v) > ev->p->length)
		return NO;
	for (size_t i = 0; i < sizeof(w->v); i++) {
		bool have = at + i < h->n;

		w->v = w->v << 8 | (have ? h->b.v[at + i] & h->b.known[at + i] : 0);
		w->known = w->known << 8 | (have ? h->b.known[at + i] : 0);
	}
	return YES;
}

static enum truth step(struct eval *ev, const struct headers *h, const struct xt_u32_location_element *l,
		       uint64_t *at, struct word *w)
{
	uint32_t n = l->number;

	switch (l->nextop) {
	case XT_U32_AND:
		*w = (struct word){ w->v & n, w->known | ~n };
		return YES;
	case XT_U32_LEFTSH:
		*w = n < 32 ? (struct word){ w->v << n, w->known << n | ((1u << n) - 1) } :
			      (struct word){ 0 };
		return YES;
	case XT_U32_RIGHTSH:
		*w = n < 32 ? (struct word){ w->v >> n, w->known >> n | ~(UINT32_MAX >> n) } :
			      (struct word){ 0 };
		return YES;
	case XT_U32_AT:
		if (~w->known)
			return MAYBE;
		*at += w->v;
		return take_word(ev, h, *at + n, w);
	}
	return MAYBE;
}

static enum truth in_ranges(const struct xt_u32_test *t, struct word w)
{
	uint32_t low = w.v, high = w.v | ~w.known;
	enum truth result = NO;

	for (unsigned i = 0; i < t->nvalues && i <= XT_U32_MAXSIZE; i++) {
		const struct xt_u32_value_element *r = &t->value[i];

		if (low >= r->min && high <= r->max)
			return YES;
		if (high >= r->min && low <= r->max)
			result = MAYBE;
	}
	return result;
}

static enum truth run_test(struct eval *ev, const struct headers *h, const struct xt_u32_test *t)
{
	struct word w;
	uint64_t at = 0;
	enum truth now = take_word(ev, h, t->location[0].number, &w);

	for (unsigned i = 1; now == YES && i < t->nnums && i <= XT_U32_MAXSIZE; i++)
		now = step(ev, h, &t->location[i], &at, &w);
	return now == YES ? in_ranges(t, w) : now;
}

enum truth xt_u32(struct eval *ev, const struct world_xt_extension *x)
{
	const char *before = ev->reason;
	struct headers h = { 0 };
	enum truth all = YES;
	struct xt_u32 i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	take_headers(ev, &h);
	ev->reason = before;
	for (unsigned k = 0; k < i.ntests && k <= XT_U32_MAXSIZE; k++)
		all = truth_and(all, run_test(ev, &h, &i.tests[k]));
	if (all == MAYBE)
		ev->reason = "it looks at bytes of the packet that are not known";
	return truth_not(all, i.invert);
}

/* A text can only be in a packet that is long enough for it: what else is in one is not known. */
enum truth xt_string(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_string_info i;

	if (!info_take(x, &i, offsetof(struct xt_string_info, config)))
		return xt_strange(ev);
	if (ev->p->known & PACKET_LENGTH && i.from_offset + (uint32_t)i.patlen > ev->p->length)
		return truth_of(i.u.v1.flags & XT_STRING_FLAG_INVERT);
	return eval_maybe(ev, "it looks for a text in the packet");
}
