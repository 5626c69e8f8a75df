/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/ipset.h"
#include "observe/world/redact.h"

/* Addresses and names within the bytes of rules: what is compared with an address is one, and what an extension of
 * xtables has at a certain place. */

enum what { NOTHING, ADDRESS, MAC, NAME };

/* What nf_tables calls them in a set's type: the userland's number (nft(8), include/datatype.h). */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_ETHER = 9, TYPE_IFNAME = 41, TYPE_BITS = 6, INTERVAL_END = 1 };

static uint8_t *copy(struct redact *r, struct world_bytes *b)
{
	uint8_t *v = arena_alloc(r->arena, b->n + 1);

	if (b->n)
		memcpy(v, b->v, b->n);
	b->v = v;
	return v;
}

/* An address, or the beginning of one that is compared: of IPv4 up to 4 bytes, else of IPv6. `len` bits of it count. */
static void redact_address(const struct redact *r, uint8_t *v, size_t n, unsigned len, int family)
{
	struct ip ip = { .family = (uint8_t)family };
	size_t size = ip_size(ip);

	n = n < size ? n : size;
	memcpy(ip.bytes, v, n);
	ip.len = (uint8_t)(len < 8 * n ? len : 8 * n);
	memcpy(v, redact_ip(r, ip).bytes, n);
}

static void redact_value(struct redact *r, struct world_bytes *b, enum what what, unsigned len, int family)
{
	uint8_t *v = what != NOTHING && b->n ? copy(r, b) : NULL;

	if (v && what == ADDRESS)
		redact_address(r, v, b->n, len, family);
	else if (v && what == MAC && b->n >= 6)
		redact_mac(r, v);
	else if (v && what == NAME && strcmp((char *)v, "lo") != 0)
		redact_word(r, (char *)v, b->n);
}

/* ---- expressions of nf_tables ---- */

/* What the registers hold, by the expression that loaded it. */
struct loaded {
	enum what what;
	int family;
	unsigned len; /* bits that a mask left */
};

static struct loaded of_payload(const struct world_expr *x)
{
	bool v4 = (x->offset == 12 || x->offset == 16) && x->len <= 4;
	bool v6 = (x->offset == 8 || x->offset == 24) && x->len <= 16;

	if (x->base == NFT_PAYLOAD_LL_HEADER && (x->offset == 0 || x->offset == 6) && x->len >= 6)
		return (struct loaded){ MAC, 0, 0 };
	if (x->base != NFT_PAYLOAD_NETWORK_HEADER || (!v4 && !v6))
		return (struct loaded){ NOTHING };
	return (struct loaded){ ADDRESS, v4 ? AF_INET : AF_INET6, (unsigned)(8 * x->len) };
}

static struct loaded of_meta(const struct world_expr *x)
{
	switch (x->key) {
	case NFT_META_IIFNAME:
	case NFT_META_OIFNAME:
	case NFT_META_BRI_IIFNAME:
	case NFT_META_BRI_OIFNAME:
		return (struct loaded){ NAME };
	}
	return (struct loaded){ NOTHING };
}

static struct loaded of_ct(const struct world_expr *x)
{
	switch (x->key) {
	case NFT_CT_SRC_IP:
	case NFT_CT_DST_IP:
		return (struct loaded){ ADDRESS, AF_INET, 32 };
	case NFT_CT_SRC_IP6:
	case NFT_CT_DST_IP6:
		return (struct loaded){ ADDRESS, AF_INET6, 128 };
	}
	return (struct loaded){ NOTHING };
}

static unsigned mask_bits(const struct world_bytes *mask)
{
	unsigned n = 0;

	while (n < 8 * mask->n && mask->v[n / 8] & 0x80 >> n % 8)
		n++;
	return n;
}

/* What nat, dup or tproxy take from a register was put there by an immediate. */
static void redact_immediates(struct redact *r, struct world_expr *x, size_t at)
{
	if (!str_eq(x[at].kind, "nat") && !str_eq(x[at].kind, "tproxy") && !str_eq(x[at].kind, "dup") &&
	    !str_eq(x[at].kind, "fwd"))
		return;
	for (size_t i = 0; i < at; i++) {
		struct world_bytes *b = &x[i].data;
		bool address = x[i].dreg == x[at].sreg || x[i].dreg == x[at].sreg_max;

		if (str_eq(x[i].kind, "immediate") && address && (b->n == 4 || b->n == 16))
			redact_value(r, b, ADDRESS, (unsigned)(8 * b->n), b->n == 4 ? AF_INET : AF_INET6);
	}
}

static void redact_extension(struct redact *r, const char *name, struct world_bytes *info, uint64_t revision);

static void redact_exprs(struct redact *r, struct world_expr *exprs, size_t n)
{
	struct loaded in[32] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct world_expr *x = &exprs[i];
		struct loaded *from = &in[x->sreg % 32], *to = &in[x->dreg % 32];

		x->chain = redact_text(r, x->chain);
		x->set = redact_text(r, x->set);
		if (str_eq(x->kind, "payload"))
			*to = of_payload(x);
		else if (str_eq(x->kind, "meta"))
			*to = of_meta(x);
		else if (str_eq(x->kind, "ct"))
			*to = of_ct(x);
		else if (str_eq(x->kind, "bitwise")) {
			*to = *from;
			to->len = mask_bits(&x->data);
		} else if (str_eq(x->kind, "cmp") || str_eq(x->kind, "range")) {
			redact_value(r, &x->data, from->what, from->len, from->family);
			redact_value(r, &x->data2, from->what, from->len, from->family);
		} else if (str_eq(x->kind, "match") || str_eq(x->kind, "target"))
			redact_extension(r, x->name, &x->info, x->revision);
		else
			x->name = redact_text(r, x->name);
		redact_immediates(r, exprs, i);
		redact_exprs(r, x->exprs, x->n_exprs);
	}
}

/* ---- sets ---- */

static void redact_field(struct redact *r, uint8_t *v, size_t n, unsigned type)
{
	if (type == TYPE_IPV4 && n >= 4)
		redact_address(r, v, 4, 32, AF_INET);
	else if (type == TYPE_IPV6 && n >= 16)
		redact_address(r, v, 16, 128, AF_INET6);
	else if (type == TYPE_ETHER && n >= 6)
		redact_mac(r, v);
	else if (type == TYPE_IFNAME)
		redact_word(r, (char *)v, n < 16 ? n : 16);
}

/* The types of a concatenation's fields, the last in the lowest bits; each field begins at a word. */
static void redact_key(struct redact *r, struct world_bytes *key, uint64_t type)
{
	static const uint8_t sizes[64] = {
		[TYPE_IPV4] = 4, [TYPE_IPV6] = 16, [TYPE_ETHER] = 8, [TYPE_IFNAME] = 16
	};
	uint8_t *v = key->n ? copy(r, key) : NULL;
	int fields = 0;
	size_t at = 0;

	for (uint64_t t = type & UINT32_MAX; t; t >>= TYPE_BITS)
		fields++;
	while (v && fields-- && at < key->n) {
		unsigned field = type >> (fields * TYPE_BITS) & 63;

		redact_field(r, v + at, key->n - at, field);
		at += sizes[field] ? sizes[field] : 4;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct world_element *x = *(struct world_element *const *)a,
				   *y = *(struct world_element *const *)b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int order = n ? memcmp(x->key.v, y->key.v, n) : 0;

	return order ? order : (int)(y->flags & INTERVAL_END) - (int)(x->flags & INTERVAL_END);
}

static void step(uint8_t *v, size_t n, int by)
{
	for (size_t i = n; i--;) {
		v[i] = (uint8_t)(v[i] + by);
		if (v[i] != (by > 0 ? 0 : 0xff))
			break;
	}
}

/* The first and the last of a range. Where they are a whole network, that many bits count. */
static void redact_range(const struct redact *r, uint8_t *first, uint8_t *last, size_t n, int family)
{
	struct ip net = { .family = (uint8_t)family }, other;
	unsigned len = 0;

	while (len < 8 * n && !((first[len / 8] ^ last[len / 8]) & 0x80 >> len % 8))
		len++;
	memcpy(net.bytes, first, n);
	net.len = (uint8_t)len;
	other = ip_last(net);
	if (!ip_same(net, ip_network(net)) || memcmp(other.bytes, last, n) != 0)
		len = (unsigned)(8 * n);
	redact_address(r, first, n, len, family);
	redact_address(r, last, n, len, family);
}

/* An interval's end is the first address behind it: as such it stays the one behind the last. */
static void redact_interval(struct redact *r, struct world_bytes *first, struct world_bytes *end, int family)
{
	uint8_t *v = copy(r, first), *last = copy(r, end);

	step(last, first->n, -1);
	redact_range(r, v, last, first->n, family);
	step(last, first->n, 1);
}

static void redact_intervals(struct redact *r, struct world_set *s, int family)
{
	struct world_element **order = arena_array(r->arena, struct world_element *, s->n_elements);
	size_t n = 0, size = family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < s->n_elements; i++)
		if (s->elements[i].key.n == size)
			order[n++] = &s->elements[i];
	qsort(order, n, sizeof(*order), by_key);
	for (size_t i = 0; i < n; i++) {
		if (order[i]->flags & INTERVAL_END)
			continue; /* where the first gap begins */
		if (i + 1 < n && order[i + 1]->flags & INTERVAL_END)
			redact_interval(r, &order[i]->key, &order[i + 1]->key, family);
		else
			redact_address(r, copy(r, &order[i]->key), size, (unsigned)(8 * size), family);
	}
}

static void redact_set(struct redact *r, struct world_set *s)
{
	bool v4 = s->key_type == TYPE_IPV4, v6 = s->key_type == TYPE_IPV6;
	bool intervals = s->flags & NFT_SET_INTERVAL && (v4 || v6);

	s->name = redact_text(r, s->name);
	if (intervals)
		redact_intervals(r, s, v4 ? AF_INET : AF_INET6);
	for (size_t i = 0; i < s->n_elements; i++) {
		struct world_element *el = &s->elements[i];

		if (!intervals)
			redact_key(r, &el->key, s->key_type);
		redact_key(r, &el->key_end, s->key_type);
		redact_key(r, &el->data, s->data_type);
		el->chain = redact_text(r, el->chain);
		el->comment = redact_text(r, el->comment);
	}
}

void redact_table(struct redact *r, struct world_table *t)
{
	t->name = redact_text(r, t->name);
	for (size_t i = 0; i < t->n_chains; i++) {
		struct world_chain *c = &t->chains[i];

		c->name = redact_text(r, c->name);
		for (size_t j = 0; j < c->devices.n; j++)
			c->devices.v[j] = redact_text(r, c->devices.v[j]);
		for (size_t j = 0; j < c->n_rules; j++) {
			c->rules[j].comment = redact_text(r, c->rules[j].comment);
			redact_exprs(r, c->rules[j].exprs, c->rules[j].n_exprs);
		}
	}
	for (size_t i = 0; i < t->n_sets; i++)
		redact_set(r, &t->sets[i]);
}

/* ---- extensions of xtables ---- */

/* Where each has addresses (of 4 bytes, whatever follows, or of IPv6) and names: linux/netfilter/xt_*.h, nf_nat.h. */
static const struct place {
	char name[12];
	uint8_t what, at, len;
	int8_t revision; /* -1: of any */
} places[] = {
	{ "DNAT", ADDRESS, 8, 4, 0 },
	{ "DNAT", ADDRESS, 12, 4, 0 },
	{ "SNAT", ADDRESS, 8, 4, 0 },
	{ "SNAT", ADDRESS, 12, 4, 0 },
	{ "NETMAP", ADDRESS, 8, 4, 0 },
	{ "NETMAP", ADDRESS, 12, 4, 0 },
	{ "DNAT", ADDRESS, 4, 16, 1 },
	{ "DNAT", ADDRESS, 20, 16, 1 },
	{ "SNAT", ADDRESS, 4, 16, 1 },
	{ "SNAT", ADDRESS, 20, 16, 1 },
	{ "DNAT", ADDRESS, 4, 16, 2 },
	{ "DNAT", ADDRESS, 20, 16, 2 },
	{ "NETMAP", ADDRESS, 4, 16, 1 },
	{ "NETMAP", ADDRESS, 20, 16, 1 },
	{ "iprange", ADDRESS, 0, 16, -1 },
	{ "iprange", ADDRESS, 16, 16, -1 },
	{ "iprange", ADDRESS, 32, 16, -1 },
	{ "iprange", ADDRESS, 48, 16, -1 },
	{ "physdev", NAME, 0, 16, -1 },
	{ "physdev", NAME, 32, 16, -1 },
	{ "comment", NAME, 0, 255, -1 },
	{ "LOG", NAME, 2, 30, -1 },
	{ "mac", MAC, 0, 6, -1 },
	{ "conntrack", ADDRESS, 0, 16, -1 },
	{ "conntrack", ADDRESS, 32, 16, -1 },
	{ "conntrack", ADDRESS, 64, 16, -1 },
	{ "conntrack", ADDRESS, 96, 16, -1 },
};

static void redact_place(struct redact *r, uint8_t *v, const struct place *p)
{
	static const uint8_t zeros[12];
	bool v4 = p->len == 4 || memcmp(v + 4, zeros, sizeof(zeros)) == 0;

	if (p->what == NAME && strncmp((char *)v, "lo", p->len) != 0)
		redact_word(r, (char *)v, p->len);
	else if (p->what == MAC)
		redact_mac(r, v);
	else if (p->what == ADDRESS)
		redact_address(r, v, v4 ? 4 : 16, v4 ? 32 : 128, v4 ? AF_INET : AF_INET6);
}

static void redact_extension(struct redact *r, const char *name, struct world_bytes *info, uint64_t revision)
{
	uint8_t *v = info->n ? copy(r, info) : NULL;

	for (size_t i = 0; v && i < ARRAY_LEN(places); i++) {
		const struct place *p = &places[i];

		if (str_eq(name, p->name) && (p->revision < 0 || revision == (uint64_t)p->revision) &&
		    (size_t)p->at + p->len <= info->n)
			redact_place(r, v + p->at, p);
	}
}

/* An address of a rule, of which as many bits count as its mask has. */
static void redact_masked(struct redact *r, struct ip *ip, struct ip mask)
{
	struct world_bytes bits = { mask.bytes, ip_size(mask) };

	ip->len = (uint8_t)(ip_is(mask) ? mask_bits(&bits) : 8 * ip_size(*ip));
	*ip = redact_ip(r, *ip);
	ip->len = (uint8_t)(8 * ip_size(*ip));
}

static void redact_xt_rule(struct redact *r, struct world_xt_rule *rule)
{
	redact_masked(r, &rule->src, rule->src_mask);
	redact_masked(r, &rule->dst, rule->dst_mask);
	rule->in = redact_text(r, rule->in);
	rule->out = redact_text(r, rule->out);
	rule->logical_in = redact_text(r, rule->logical_in);
	rule->logical_out = redact_text(r, rule->logical_out);
	rule->chain = redact_text(r, rule->chain);
	redact_value(r, &rule->source_mac, MAC, 0, 0);
	redact_value(r, &rule->dest_mac, MAC, 0, 0);
	for (size_t i = 0; i < rule->n_matches; i++)
		redact_extension(r, rule->matches[i].name, &rule->matches[i].info, rule->matches[i].revision);
	redact_extension(r, rule->target.name, &rule->target.info, rule->target.revision);
}

void redact_xtable(struct redact *r, struct world_xt_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++) {
		t->chains[i].name = redact_text(r, t->chains[i].name);
		for (size_t j = 0; j < t->chains[i].n_rules; j++)
			redact_xt_rule(r, &t->chains[i].rules[j]);
	}
}

/* ---- sets of ipset: see ipset.h ---- */

static size_t redact_part(struct redact *r, uint8_t *v, size_t left, const char *word, size_t n, int family)
{
	size_t size = family == AF_INET6 ? 16 : 4;

	if (strncmp(word, "ip", n) == 0 || strncmp(word, "net", n) == 0) {
		if (2 * size <= left)
			redact_range(r, v, v + size, size, family == AF_INET6 ? AF_INET6 : AF_INET);
		return 2 * size;
	}
	if (strncmp(word, "port", n) == 0)
		return IPSET_PORT;
	if (strncmp(word, "mac", n) == 0 && left >= 6) {
		redact_mac(r, v);
		return 6;
	}
	redact_word(r, (char *)v, left < IPSET_IFACE ? left : IPSET_IFACE);
	return IPSET_IFACE;
}

void redact_ipset(struct redact *r, struct world_ipset *s)
{
	const char *words = strchr(s->type, ':');

	s->name = redact_text(r, s->name);
	for (size_t i = 0; words && i < s->n_elements; i++) {
		uint8_t *v = copy(r, &s->elements[i]);
		size_t at = 1, n;

		for (const char *p = words; *p && at < s->elements[i].n; p += n) {
			n = strcspn(++p, ",");
			at += redact_part(r, v + at, s->elements[i].n - at, p, n, (int)s->family);
		}
	}
}
