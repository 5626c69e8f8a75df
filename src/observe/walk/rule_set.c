/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets, as they stand in a rule: those without a name by their elements, as far as there are few. And as they are declared,
 * whole. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "observe/walk/rule_text.h"

enum { SHOWN = 24, FIELDS = 8, ELEM_INTERVAL_END = 1, ELEM_CATCHALL = 2 };

/* ---- what a set is of: nft's own numbers (its datatype.h), which it leaves at the kernel; six bits for each field ---- */

static const struct {
	const char *name;
	enum value_type type;
	uint8_t len;
} types[] = {
	[2] = { "nf_proto", V_FAMILY, 1 },
	[7] = { "ipv4_addr", V_IP4, 4 },
	[8] = { "ipv6_addr", V_IP6, 16 },
	[9] = { "ether_addr", V_MAC, 6 },
	[10] = { "ether_type", V_ETHERTYPE, 2 },
	[12] = { "inet_proto", V_PROTO, 1 },
	[13] = { "inet_service", V_PORT, 2 },
	[14] = { "icmp_type", V_ICMP, 1 },
	[19] = { "mark", V_MARK, 4 },
	[26] = { "ct_state", V_STATE, 4 },
	[27] = { "ct_dir", V_DIRECTION, 1 },
	[28] = { "ct_status", V_STATUS, 4 },
	[29] = { "icmpv6_type", V_ICMP6, 1 },
	[31] = { "pkt_type", V_PKTTYPE, 1 },
	[38] = { "fib_addrtype", V_ADDR_TYPE, 4 },
	[41] = { "ifname", V_NAME, 16 },
};

/* The fields of that type, and its name; 0: one of them is not known. */
static size_t fields_of(uint64_t type, struct slot fields[FIELDS], struct str *name)
{
	enum { BITS = 6, MASK = (1 << BITS) - 1 };
	size_t n = 1;

	while (n < FIELDS && type >> n * BITS)
		n++;
	for (size_t i = 0; i < n; i++) {
		size_t one = type >> (n - 1 - i) * BITS & MASK;

		if (one >= ARRAY_LEN(types) || !types[one].name)
			return 0;
		fields[i] = (struct slot){ .type = types[one].type, .len = types[one].len };
		if (name)
			str_addf(name, "%s%s", i ? " . " : "", types[one].name);
	}
	return n;
}

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

/* All fields of a key, of an interval of keys, or of what a key stands for. */
static void fields_text(struct str *s, const struct world_set *set, const struct world_bytes *from,
			const struct world_bytes *to, const struct slot *slots, size_t n_slots)
{
	size_t at = 0;

	for (size_t i = 0; i < n_slots; i++) {
		size_t n = n_slots == 1      ? set->key_len ?: from->n :
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

static void data_text(struct str *s, const struct world_set *set, const struct world_bytes *data)
{
	static const struct world_set no_fields;
	struct slot fields[FIELDS];
	size_t n = fields_of(set->data_type, fields, NULL);

	if (n)
		fields_text(s, &no_fields, data, data, fields, n);
	else
		value_text(s, data->n == 4 ? V_IP4 : data->n == 16 ? V_IP6 : V_PORT, data->v, data->n);
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
		fields_text(s, set, &el->key, &to, slots, n_slots);
	if (!(set->flags & NFT_SET_MAP))
		return;
	str_add(s, " : ");
	if (set->data_type == NFT_DATA_VERDICT)
		verdict_text(s, el->verdict, el->chain);
	else
		data_text(s, set, &el->data);
}

/* In order, and not more than max. */
static void elements_text(struct str *s, const struct world_set *set, const struct slot *slots,
			  size_t n_slots, size_t max)
{
	struct world_element *sorted = arena_array(s->arena, struct world_element, set->n_elements + 1);
	size_t shown = 0;

	if (set->n_elements)
		memcpy(sorted, set->elements, set->n_elements * sizeof(*sorted));
	qsort(sorted, set->n_elements, sizeof(*sorted), by_key);
	for (size_t i = 0; i < set->n_elements && shown < max; i++) {
		if (sorted[i].flags & ELEM_INTERVAL_END)
			continue;
		str_add(s, shown++ ? ", " : "");
		element_text(s, set, &sorted[i], i + 1 < set->n_elements ? &sorted[i + 1] : NULL, slots,
			     n_slots);
	}
	if (shown == max)
		str_add(s, ", ...");
}

void set_text(struct str *s, const struct world_set *set, const struct slot *slots, size_t n_slots)
{
	if (!(set->flags & NFT_SET_ANONYMOUS)) {
		str_addf(s, "@%s", str_visible(s, set->name));
		return;
	}
	if (set->n_elements > 4 * SHOWN) {
		str_addf(s, "{ %zu elements }", set->n_elements);
		return;
	}
	str_add(s, "{ ");
	elements_text(s, set, slots, n_slots, SHOWN);
	str_add(s, " }");
}

/* ---- declared ---- */

static void flags_text(struct str *s, uint64_t flags)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} names[] = { { NFT_SET_CONSTANT, "constant" },
		      { NFT_SET_INTERVAL, "interval" },
		      { NFT_SET_TIMEOUT, "timeout" },
		      { NFT_SET_EVAL, "dynamic" } };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		str_addf(s, "%s%s", any ? "," : "; flags ", names[i].name);
		any = true;
	}
}

const char *nft_set_text(struct arena *a, const struct world_set *set)
{
	struct str text = { .arena = a }, name = { .arena = a }, *s = &text;
	struct slot fields[FIELDS], data[FIELDS];
	size_t n = fields_of(set->key_type, fields, &name);
	bool is_map = set->flags & NFT_SET_MAP, to_verdict = set->data_type == NFT_DATA_VERDICT;

	if (!n || set->is_partial || set->flags & (NFT_SET_ANONYMOUS | NFT_SET_OBJECT))
		return NULL;
	str_addf(s, "%s %s { type %s", is_map ? "map" : "set", str_visible(s, set->name), str_get(&name));
	name.len = 0;
	if (is_map && !to_verdict && !fields_of(set->data_type, data, &name))
		return NULL;
	if (is_map)
		str_addf(s, " : %s", to_verdict ? "verdict" : str_get(&name));
	flags_text(s, set->flags);
	if (set->n_elements) {
		str_add(s, "; elements = { ");
		elements_text(s, set, fields, n, SIZE_MAX);
		str_add(s, " }");
	}
	str_add(s, "; }");
	return str_get(s);
}
