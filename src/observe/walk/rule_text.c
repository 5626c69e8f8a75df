/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule of nf_tables as nft(8) prints it. Its expressions are gone through as the kernel does, with what each register
 * holds in words. What a rule says of the protocol only because the next word needs it (meta l4proto tcp, before tcp
 * dport) isn't printed, as there.
 */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "observe/walk/rule_text.h"

enum need { NEED_LINK, NEED_FAMILY, NEED_PROTO, NEEDS };

struct writer {
	struct arena *a;
	const struct world_table *table;
	struct str s;
	struct slot slots[SLOTS];
	uint64_t family; /* of the packet, as far as the rule says it */
	unsigned proto;
	struct str needed[NEEDS]; /* matches that the next word may say itself */
};

static void flush_needed(struct writer *w)
{
	for (int i = 0; i < NEEDS; i++) {
		if (w->needed[i].len)
			str_addf(&w->s, "%s%s", w->s.len ? " " : "", str_get(&w->needed[i]));
		w->needed[i].len = 0;
	}
}

static void begin_word(struct writer *w)
{
	flush_needed(w);
	if (w->s.len)
		str_add(&w->s, " ");
}

static struct slot *slot_at(struct writer *w, uint64_t reg)
{
	return reg >= 4 && reg < 4 + SLOTS ? &w->slots[reg - 4] : NULL;
}

/* What was said of link, family and protocol is in this word. */
static void say_needed(struct writer *w, const struct world_expr *x, const char *word)
{
	if (word[0] == '@' || strncmp(word, "th ", 3) == 0)
		return;
	if (x->base == NFT_PAYLOAD_LL_HEADER)
		w->needed[NEED_LINK].len = 0;
	if (x->base == NFT_PAYLOAD_NETWORK_HEADER || strncmp(word, "icmp", 4) == 0)
		w->needed[NEED_FAMILY].len = 0;
	if (x->base == NFT_PAYLOAD_TRANSPORT_HEADER)
		w->needed[NEED_PROTO].len = 0;
}

static void load(struct writer *w, const struct world_expr *x)
{
	struct slot *slot = slot_at(w, x->dreg);

	if (!slot)
		return;
	*slot = slot_of(w->a, x, w->family, w->proto);
	if (str_eq(x->kind, "payload"))
		say_needed(w, x, slot->text);
}

static void bitwise(struct writer *w, const struct world_expr *x)
{
	struct slot *from = slot_at(w, x->sreg), *to = slot_at(w, x->dreg);

	if (!from || !to)
		return;
	*to = *from;
	if (x->op != NFT_BITWISE_BOOL || x->data.n < x->len || x->data2.n < x->len) {
		to->text = arena_printf(w->a, "%s [bitwise]", from->text ? from->text : "?");
		return;
	}
	to->mask = x->data.v;
	to->xor_ = x->data2.v;
	to->len = x->len;
}

/* Mask of a prefix: its length, or -1. */
static int mask_len(const uint8_t *mask, size_t n)
{
	size_t bits = 0;

	while (bits < n * 8 && (mask[bits / 8] & 0x80 >> bits % 8))
		bits++;
	for (size_t i = bits; i < n * 8; i++) {
		if (mask[i / 8] & 0x80 >> i % 8)
			return -1;
	}
	return (int)bits;
}

static bool is_zero(const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i])
			return false;
	}
	return true;
}

static const char *op_text(uint64_t op)
{
	static const char *const ops[] = { "", "!= ", "< ", "<= ", "> ", ">= " };

	return op < ARRAY_LEN(ops) ? ops[op] : "? ";
}

static void masked_cmp(struct writer *w, const struct slot *slot, const struct world_expr *x)
{
	bool is_ip = slot->type == V_IP4 || slot->type == V_IP6;
	int prefix = mask_len(slot->mask, slot->len);

	begin_word(w);
	if (str_eq(slot->text, "ip dscp") && slot->len == 1 && x->data.n == 1) {
		str_addf(&w->s, "ip dscp %s0x%02x", op_text(x->op), x->data.v[0] >> 2);
		return;
	}
	if (is_ip && prefix >= 0 && x->op <= NFT_CMP_NEQ) {
		str_addf(&w->s, "%s %s", slot->text, op_text(x->op));
		value_text(&w->s, slot->type, x->data.v, x->data.n);
		str_addf(&w->s, "/%d", prefix);
		return;
	}
	if ((slot->type == V_STATE || slot->type == V_STATUS) && x->op == NFT_CMP_NEQ &&
	    is_zero(x->data.v, x->data.n)) {
		str_addf(&w->s, "%s ", slot->text);
		value_text(&w->s, slot->type, slot->mask, slot->len);
		return;
	}
	str_addf(&w->s, "%s & %s", slot->text, slot->type == V_TCP_FLAGS ? "(" : "");
	value_text(&w->s, slot->type, slot->mask, slot->len);
	str_addf(&w->s, "%s %s", slot->type == V_TCP_FLAGS ? ")" : "",
		 x->op == NFT_CMP_EQ ? "== " : op_text(x->op));
	value_text(&w->s, slot->type, x->data.v, x->data.n);
}

/* The family that a match on an ethertype means; 0: none. */
static unsigned family_of(const struct world_expr *x)
{
	if (x->data.n != 2)
		return 0;
	return x->data.v[0] == 0x08 && x->data.v[1] == 0    ? NFPROTO_IPV4 :
	       x->data.v[0] == 0x86 && x->data.v[1] == 0xdd ? NFPROTO_IPV6 :
							      0;
}

/* Remember what the rule says of family and protocol: later fields have their names by it. true: it was kept back. */
static bool take_needed(struct writer *w, const struct slot *slot, const struct world_expr *x)
{
	unsigned value = x->data.n ? x->data.v[0] : 0;
	enum need need = NEED_PROTO;

	if (x->op != NFT_CMP_EQ)
		return false;
	if (str_eq(slot->text, "iiftype")) {
		need = NEED_LINK;
	} else if (str_eq(slot->text, "meta nfproto")) {
		need = NEED_FAMILY;
	} else if (str_eq(slot->text, "meta protocol") || str_eq(slot->text, "ether type")) {
		need = NEED_FAMILY;
		value = family_of(x);
	} else if (slot->type != V_PROTO) {
		return false;
	}
	if (need == NEED_FAMILY && !value)
		return false;
	if (w->needed[need].len)
		flush_needed(w);
	if (need == NEED_FAMILY)
		w->family = value;
	if (need == NEED_PROTO)
		w->proto = value;
	str_addf(&w->needed[need], "%s ", slot->text);
	value_text(&w->needed[need], slot->type, x->data.v, x->data.n);
	return true;
}

static void cmp(struct writer *w, const struct world_expr *x)
{
	const struct slot *slot = slot_at(w, x->sreg);

	if (!slot || !slot->text) {
		begin_word(w);
		str_add(&w->s, "[cmp]");
		return;
	}
	if (slot->mask && x->data.n <= slot->len) {
		masked_cmp(w, slot, x);
		return;
	}
	if (take_needed(w, slot, x))
		return;
	begin_word(w);
	str_addf(&w->s, "%s %s", slot->text, op_text(x->op));
	value_text(&w->s, slot->type, x->data.v, x->data.n);
	if ((slot->type == V_IP4 || slot->type == V_IP6) && x->data.n < (slot->type == V_IP4 ? 4 : 16))
		str_addf(&w->s, "/%zu", x->data.n * 8);
}

static void range(struct writer *w, const struct world_expr *x)
{
	const struct slot *slot = slot_at(w, x->sreg);

	begin_word(w);
	if (!slot || !slot->text) {
		str_add(&w->s, "[range]");
		return;
	}
	str_addf(&w->s, "%s %s", slot->text, x->op == NFT_RANGE_NEQ ? "!= " : "");
	value_text(&w->s, slot->type, x->data.v, x->data.n);
	str_add(&w->s, "-");
	value_text(&w->s, slot->type, x->data2.v, x->data2.n);
}

static const struct world_set *set_named(const struct writer *w, const char *name)
{
	for (size_t i = 0; name && i < w->table->n_sets; i++) {
		if (str_eq(w->table->sets[i].name, name))
			return &w->table->sets[i];
	}
	return NULL;
}

/* The fields of a key from a register on: "ip saddr . tcp dport". */
static size_t key_slots(struct writer *w, uint64_t reg, size_t len, struct slot *list, struct str *s)
{
	size_t n = 0;

	for (size_t at = 0; at < len && n < SLOTS;) {
		const struct slot *slot = slot_at(w, reg + at / 4);

		if (!slot)
			break;
		if (slot->text) {
			str_addf(s, "%s%s", n ? " . " : "", slot->text);
			list[n++] = *slot;
		}
		at += slot->text && slot->len ? (slot->len + 3) / 4 * 4 : 4;
	}
	return n;
}

static void lookup(struct writer *w, const struct world_expr *x)
{
	const struct world_set *set = set_named(w, x->set);
	struct str key = { .arena = w->a }, value = { .arena = w->a };
	struct slot list[SLOTS];
	size_t n = set ? key_slots(w, x->sreg, set->key_len, list, &key) : 0;
	struct slot *to = slot_at(w, x->dreg);

	if (!set || !n) {
		begin_word(w);
		str_addf(&w->s, "[lookup %s]", str_visible(&w->s, x->set ? x->set : "?"));
		return;
	}
	set_text(&value, set, list, n);
	if (x->dreg && to) { /* a map, for what follows */
		*to = (struct slot){ .text = arena_printf(w->a, "%s map %s", str_get(&key), str_get(&value)),
				     .is_value = true };
		return;
	}
	begin_word(w);
	str_addf(&w->s, "%s %s%s", str_get(&key),
		 set->data_type == NFT_DATA_VERDICT && (set->flags & NFT_SET_MAP) ? "vmap " :
		 x->flags & NFT_LOOKUP_F_INV                                      ? "!= " :
										    "",
		 str_get(&value));
}

static void immediate(struct writer *w, const struct world_expr *x)
{
	struct slot *slot = slot_at(w, x->dreg);
	struct str value = { .arena = w->a };

	if (x->dreg == NFT_REG_VERDICT) {
		begin_word(w);
		verdict_text(&w->s, x->verdict, x->chain);
		return;
	}
	if (!slot)
		return;
	value_text(&value,
		   x->data.n == 4  ? V_IP4 :
		   x->data.n == 16 ? V_IP6 :
		   x->data.n == 2  ? V_PORT :
				     V_HEX,
		   x->data.v, x->data.n);
	*slot = (struct slot){
		.text = str_get(&value), .is_value = true, .mask = x->data.v, .len = x->data.n
	};
}

/* meta mark set 0x1 */
static void set_value(struct writer *w, const struct world_expr *x)
{
	struct slot name = slot_of(w->a, x, w->family, w->proto);
	const struct slot *slot = slot_at(w, x->sreg);

	begin_word(w);
	str_addf(&w->s, "%s set ", name.text);
	if (slot && slot->is_value && slot->mask)
		value_text(&w->s, name.type == V_HEX ? V_HEX : name.type, slot->mask, slot->len);
	else
		str_add(&w->s, slot && slot->text ? slot->text : "?");
}

static void nat_to(struct writer *w, const struct world_expr *x)
{
	const struct slot *ip = x->sreg ? slot_at(w, x->sreg) : NULL;
	const struct slot *port = x->sreg_proto ? slot_at(w, x->sreg_proto) : NULL;
	bool is6 = ip && ip->len == 16 && port;

	if (!ip && !port)
		return;
	str_add(&w->s, ip && w->table->family == NFPROTO_INET ?
			       (x->family == NFPROTO_IPV6 ? " ip6 to " : " ip to ") :
			       " to ");
	if (ip)
		str_addf(&w->s, "%s%s%s", is6 ? "[" : "", ip->text ? ip->text : "?", is6 ? "]" : "");
	if (port && port->text) /* of a map of both it is in the map */
		str_addf(&w->s, ":%s", port->text);
}

static void nat(struct writer *w, const struct world_expr *x)
{
	begin_word(w);
	str_add(&w->s, str_eq(x->kind, "masq")  ? "masquerade" :
		       str_eq(x->kind, "redir") ? "redirect" :
		       x->type == NFT_NAT_DNAT  ? "dnat" :
						  "snat");
	nat_to(w, x);
	if (x->flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY)
		str_add(&w->s, " fully-random");
	else if (x->flags & NF_NAT_RANGE_PROTO_RANDOM)
		str_add(&w->s, " random");
	if (x->flags & NF_NAT_RANGE_PERSISTENT)
		str_add(&w->s, " persistent");
}

/* What a reject says is printed where it isn't the usual: a port that can't be reached. */
static void reject(struct writer *w, const struct world_expr *x)
{
	static const char *const any[] = { "no-route", "port-unreachable", "host-unreachable",
					   "admin-prohibited" };
	bool is6 = w->table->family == NFPROTO_IPV6;

	begin_word(w);
	if (x->type == NFT_REJECT_TCP_RST)
		str_add(&w->s, "reject with tcp reset");
	else if (x->type == NFT_REJECT_ICMPX_UNREACH && x->key != NFT_REJECT_ICMPX_PORT_UNREACH &&
		 x->key < ARRAY_LEN(any))
		str_addf(&w->s, "reject with icmpx %s", any[x->key]);
	else if (x->type == NFT_REJECT_ICMP_UNREACH && x->key != (is6 ? 4 : 3))
		str_addf(&w->s, "reject with icmp%s %u", is6 ? "v6" : "", (unsigned)x->key);
	else
		str_add(&w->s, "reject");
}

static void limit(struct writer *w, const struct world_expr *x)
{
	const char *unit = x->len == 1 ? "second" : x->len == 60 ? "minute" : x->len == 3600 ? "hour" : "day";

	begin_word(w);
	str_addf(&w->s, "limit rate %s%llu%s/%s", x->flags & NFT_LIMIT_F_INV ? "over " : "",
		 (unsigned long long)x->key, x->type == NFT_LIMIT_PKT_BYTES ? " bytes" : "", unit);
}

static void log_text(struct writer *w, const struct world_expr *x)
{
	begin_word(w);
	str_add(&w->s, "log");
	if (x->name)
		str_addf(&w->s, " prefix \"%s\"", str_visible(&w->s, x->name));
}

static void name_only(struct writer *w, const struct world_expr *x)
{
	begin_word(w);
	if (str_eq(x->kind, "counter") || str_eq(x->kind, "notrack") || str_eq(x->kind, "queue"))
		str_add(&w->s, x->kind);
	else
		str_addf(&w->s, "[%s]", str_visible(&w->s, x->kind ? x->kind : "?"));
}

static void dynset(struct writer *w, const struct world_expr *x)
{
	const struct world_set *set = set_named(w, x->set);
	struct str key = { .arena = w->a };
	struct slot list[SLOTS];

	if (set)
		key_slots(w, x->sreg, set->key_len, list, &key);
	begin_word(w);
	str_addf(&w->s, "%s @%s { %s",
		 x->op == NFT_DYNSET_OP_ADD    ? "add" :
		 x->op == NFT_DYNSET_OP_UPDATE ? "update" :
						 "delete",
		 str_visible(&w->s, x->set ? x->set : "?"), str_get(&key));
	for (size_t i = 0; i < x->n_exprs && i < SLOTS; i++) {
		if (str_eq(x->exprs[i].kind, "limit"))
			limit(w, &x->exprs[i]);
		else
			name_only(w, &x->exprs[i]);
	}
	str_add(&w->s, " }");
}

/* Of xtables, in its own words. */
static void extension(struct writer *w, const struct world_expr *x)
{
	struct world_xt_extension e = { x->name, x->revision, x->info };
	struct str s = { .arena = w->a };

	begin_word(w);
	if (str_eq(x->kind, "match"))
		xt_match_text(&s, &e);
	else
		xt_target_text(&s, &e);
	str_add(&w->s, str_get(&s));
}

static const struct {
	const char *kind;
	void (*write)(struct writer *w, const struct world_expr *x);
} kinds[] = {
	{ "cmp", cmp },         { "range", range },         { "bitwise", bitwise },
	{ "lookup", lookup },   { "immediate", immediate }, { "nat", nat },
	{ "masq", nat },        { "redir", nat },           { "reject", reject },
	{ "limit", limit },     { "log", log_text },        { "dynset", dynset },
	{ "match", extension }, { "target", extension },
};

static void write_expr(struct writer *w, const struct world_expr *x)
{
	if (str_eq(x->kind, "byteorder")) {
		struct slot *from = slot_at(w, x->sreg), *to = slot_at(w, x->dreg);

		if (from && to)
			*to = *from;
		if (to && to->type == V_HOST_NUMBER) /* it is compared in network order */
			to->type = V_NUMBER;
		return;
	}
	if ((str_eq(x->kind, "meta") || str_eq(x->kind, "ct") || str_eq(x->kind, "payload")) && x->sreg) {
		set_value(w, x);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq(kinds[i].kind, x->kind)) {
			kinds[i].write(w, x);
			return;
		}
	}
	if (x->dreg)
		load(w, x);
	else
		name_only(w, x);
}

/* Two that nft(8) made of one: 80-90. */
static bool write_from_to(struct writer *w, const struct world_expr *x, const struct world_expr *next)
{
	struct world_expr both = { .kind = "range", .sreg = x->sreg, .data = x->data, .data2 = next->data };

	if (!str_eq(x->kind, "cmp") || !str_eq(next->kind, "cmp") || x->sreg != next->sreg ||
	    x->op != NFT_CMP_GTE || next->op != NFT_CMP_LTE)
		return false;
	range(w, &both);
	return true;
}

const char *nft_rule_text(struct arena *a, const struct world_table *t, const struct world_nft_rule *r)
{
	struct writer w = { .a = a, .table = t, .s = { .arena = a } };

	for (int i = 0; i < NEEDS; i++)
		w.needed[i].arena = a;
	w.family = t->family == NFPROTO_IPV4 || t->family == NFPROTO_IPV6 ? t->family : 0;
	for (size_t i = 0; i < r->n_exprs; i++) {
		if (i + 1 < r->n_exprs && write_from_to(&w, &r->exprs[i], &r->exprs[i + 1]))
			i++;
		else
			write_expr(&w, &r->exprs[i]);
	}
	flush_needed(&w);
	if (r->comment)
		str_addf(&w.s, " comment \"%s\"", str_visible(&w.s, r->comment));
	return str_get(&w.s);
}
