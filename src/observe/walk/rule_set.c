/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets as they stand in a rule: those without a name by their elements, as far as there are few. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "observe/walk/rule_text.h"

enum { SHOWN = 24, ELEM_INTERVAL_END = 1, ELEM_CATCHALL = 2 };

void verdict_text(struct str *s, int64_t verdict, const char *chain)
{
	switch (verdict) {
	case NFT_CONTINUE:
		str_add(s, "continue");
		return;
	case NFT_RETURN:
		str_add(s, "return");
		return;
	case NFT_JUMP:
	case NFT_GOTO:
		str_addf(s, "%s %s", verdict == NFT_JUMP ? "jump" : "goto",
			 str_visible(s, chain ? chain : "?"));
		return;
	}
	switch (verdict & NF_VERDICT_MASK) {
	case NF_ACCEPT:
		str_add(s, "accept");
		return;
	case NF_DROP:
		str_add(s, "drop");
		return;
	case NF_QUEUE:
		str_add(s, "queue");
		return;
	}
	str_addf(s, "[verdict %lld]", (long long)verdict);
}

/* How long the prefix is that the two are the first and last address of, or -1. */
static int prefix_of(const uint8_t *from, const uint8_t *to, size_t n)
{
	size_t bits = 0;

	while (bits < n * 8 && !((from[bits / 8] ^ to[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	for (size_t i = bits; i < n * 8; i++) {
		uint8_t bit = 0x80 >> i % 8;

		if ((from[i / 8] & bit) || !(to[i / 8] & bit))
			return -1;
	}
	return (int)bits;
}

static void range_text(struct str *s, enum value_type type, const uint8_t *from, const uint8_t *to, size_t n)
{
	bool is_ip = type == V_IP4 || type == V_IP6;
	int prefix = is_ip ? prefix_of(from, to, n) : -1;

	value_text(s, type, from, n);
	if (memcmp(from, to, n) == 0)
		return;
	if (prefix >= 0) {
		str_addf(s, "/%d", prefix);
		return;
	}
	str_add(s, "-");
	value_text(s, type, to, n);
}

/* All fields of a key, or of an interval of keys. */
static void key_text(struct str *s, const struct world_set *set, const struct world_bytes *from,
		     const struct world_bytes *to, const struct slot *slots, size_t n_slots)
{
	size_t at = 0;

	for (size_t i = 0; i < n_slots; i++) {
		size_t n = n_slots == 1      ? set->key_len :
			   i < set->fields.n ? set->fields.v[i] :
			   slots[i].len      ? slots[i].len :
					       4;

		if (n == 0 || n > from->n || at > from->n - n || at > to->n || n > to->n - at)
			break;
		str_add(s, i ? " . " : "");
		range_text(s, slots[i].type, from->v + at, to->v + at, n);
		at += (n + 3) / 4 * 4;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct world_element *x = a, *y = b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int order = n ? memcmp(x->key.v, y->key.v, n) : 0;

	return order ? order : (int)(y->flags & ELEM_INTERVAL_END) - (int)(x->flags & ELEM_INTERVAL_END);
}

/* The last key before the next element's: where an interval ends. */
static struct world_bytes interval_end(struct arena *a, const struct world_element *el,
				       const struct world_element *next)
{
	uint8_t *v = arena_alloc(a, el->key.n + 1);
	size_t n = el->key.n;

	if (!next || next->key.n != n) {
		memset(v, 0xff, n);
		return (struct world_bytes){ v, n };
	}
	if (n)
		memcpy(v, next->key.v, n);
	while (n-- > 0 && v[n]-- == 0)
		;
	return (struct world_bytes){ v, el->key.n };
}

static void element_text(struct str *s, const struct world_set *set, const struct world_element *el,
			 const struct world_element *next, const struct slot *slots, size_t n_slots)
{
	struct world_bytes to = el->key_end.n                   ? el->key_end :
				(set->flags & NFT_SET_INTERVAL) ? interval_end(s->arena, el, next) :
								  el->key;

	if (el->flags & ELEM_CATCHALL)
		str_add(s, "*");
	else
		key_text(s, set, &el->key, &to, slots, n_slots);
	if (!(set->flags & NFT_SET_MAP))
		return;
	str_add(s, " : ");
	if (set->data_type == NFT_DATA_VERDICT)
		verdict_text(s, el->verdict, el->chain);
	else
		value_text(s,
			   el->data.n == 4  ? V_IP4 :
			   el->data.n == 16 ? V_IP6 :
					      V_PORT,
			   el->data.v, el->data.n);
}

void set_text(struct str *s, const struct world_set *set, const struct slot *slots, size_t n_slots)
{
	struct world_element *sorted;
	size_t shown = 0;

	if (!(set->flags & NFT_SET_ANONYMOUS)) {
		str_addf(s, "@%s", str_visible(s, set->name));
		return;
	}
	if (set->n_elements > 4 * SHOWN) {
		str_addf(s, "{ %zu elements }", set->n_elements);
		return;
	}
	sorted = arena_array(s->arena, struct world_element, set->n_elements + 1);
	if (set->n_elements)
		memcpy(sorted, set->elements, set->n_elements * sizeof(*sorted));
	qsort(sorted, set->n_elements, sizeof(*sorted), by_key);
	str_add(s, "{ ");
	for (size_t i = 0; i < set->n_elements && shown < SHOWN; i++) {
		if (sorted[i].flags & ELEM_INTERVAL_END)
			continue;
		str_add(s, shown++ ? ", " : "");
		element_text(s, set, &sorted[i], i + 1 < set->n_elements ? &sorted[i + 1] : NULL, slots,
			     n_slots);
	}
	str_add(s, shown == SHOWN ? ", ... }" : " }");
}
