/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lookups in sets of nf_tables. The kernel has several kinds (nft_set_hash.c, nft_set_rbtree.c, nft_set_pipapo.c); what
 * they find is the same for a set of single keys, of intervals, whose ends are elements of their own, and of
 * concatenations of intervals, whose ends are in the element.
 */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "observe/walk/eval.h"

/* Also where the headers don't know it (Linux 5.12). */
enum { ELEM_INTERVAL_END = 1, ELEM_CATCHALL = 2 };

struct lookup {
	const struct world_set *set;
	const uint8_t *v, *known;
	size_t len;
};

static enum truth in_interval(const struct lookup *l, size_t at, size_t n, const uint8_t *from,
			      const uint8_t *to)
{
	int low = bits_compare(l->v + at, l->known + at, from + at, n);
	int high = bits_compare(l->v + at, l->known + at, to + at, n);

	if (low == -1 || high == 1)
		return NO;
	return low == 2 || high == 2 ? MAYBE : YES;
}

/* Each field of a concatenation begins at a word. Where the lengths are not known, every word is one. */
static enum truth in_fields(const struct lookup *l, const struct world_element *el)
{
	const struct world_bytes *fields = &l->set->fields;
	enum truth t = YES;

	for (size_t at = 0, i = 0; at < l->len && t != NO; i++) {
		size_t n = i < fields->n && fields->v[i] ? fields->v[i] : sizeof(uint32_t);

		n = n > l->len - at ? l->len - at : n;
		t = truth_and(t, in_interval(l, at, n, el->key.v, el->key_end.v));
		at += (n + 3) / 4 * 4;
	}
	return t;
}

static enum truth is_element(const struct lookup *l, const struct world_element *el)
{
	if (el->key.n < l->len)
		return NO;
	if (el->key_end.n >= l->len)
		return in_fields(l, el);
	return bits_equal(l->v, l->known, el->key.v, l->len);
}

/* Of a set of intervals: the last element that begins at the key or before it decides. */
static const struct world_element *interval_of(const struct lookup *l, enum truth *t)
{
	const struct world_element *best = NULL;

	*t = NO;
	for (size_t i = 0; i < l->set->n_elements; i++) {
		const struct world_element *el = &l->set->elements[i];

		if (el->key.n < l->len || (el->flags & ELEM_CATCHALL) || memcmp(el->key.v, l->v, l->len) > 0)
			continue;
		int order = best ? memcmp(el->key.v, best->key.v, l->len) : 1;

		/* where one interval ends and the next one begins there are both */
		if (order > 0 || (order == 0 && (best->flags & ELEM_INTERVAL_END)))
			best = el;
	}
	if (!best || (best->flags & ELEM_INTERVAL_END))
		return NULL;
	*t = YES;
	return best;
}

static bool is_interval_set(const struct world_set *s)
{
	return (s->flags & NFT_SET_INTERVAL) && !(s->n_elements && s->elements[0].key_end.n);
}

/* The element that matches surely, or NULL; each that may is handed on. */
static const struct world_element *find(struct eval *ev, const struct lookup *l, element_fn *fn, void *arg,
					enum truth *t)
{
	bool intervals = is_interval_set(l->set), known = true;

	*t = NO;
	for (size_t i = 0; i < l->len; i++)
		known = known && l->known[i] == 0xff;
	if (intervals && known)
		return interval_of(l, t);
	for (size_t i = 0; i < l->set->n_elements && ev->budget; i++) {
		const struct world_element *el = &l->set->elements[i];
		enum truth is = el->flags & (ELEM_CATCHALL | ELEM_INTERVAL_END) ? NO :
				intervals                                       ? MAYBE :
										  is_element(l, el);

		if (is == YES) {
			*t = YES;
			return el;
		}
		if (is == MAYBE) {
			*t = MAYBE;
			if (fn)
				fn(ev, el, MAYBE, arg);
		}
	}
	return NULL;
}

enum truth set_lookup(struct eval *ev, const struct world_set *s, const struct bits *key, size_t at,
		      element_fn *fn, void *arg)
{
	struct lookup l = { .set = s, .len = s->key_len };
	const struct world_element *el = NULL;
	const char *why = ev->reason;
	enum truth t;

	if (s->key_len == 0 || at > BITS_MAX || s->key_len > BITS_MAX - at)
		return eval_maybe(ev, "a set's keys are shorter or longer than any");
	l.v = key->v + at;
	l.known = key->known + at;
	if (!eval_pay(ev, s->n_elements))
		return eval_maybe(ev, "there are too many rules to go through");
	el = find(ev, &l, fn, arg, &t);
	for (size_t i = 0; !el && i < s->n_elements; i++) {
		if (s->elements[i].flags & ELEM_CATCHALL) {
			el = &s->elements[i];
			t = t == MAYBE ? MAYBE : YES;
		}
	}
	if (el && fn)
		fn(ev, el, t, arg);
	if (t != YES && s->is_partial)
		return eval_maybe(ev, "it looks into a set that is too long to be read whole");
	return t == MAYBE ? eval_maybe(ev, why ? why : "it looks for what is not known") : t;
}
