/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of nf_tables: nft_do_chain() of the kernel (nf_tables_core.c), with registers of which bits may be unknown.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/nft.h"

static bool is_verdict_map(const struct world_set *s)
{
	return s->data_type == NFT_DATA_VERDICT;
}

static const struct world_chain *chain_named(const struct world_table *t, const char *name)
{
	for (size_t i = 0; name && i < t->n_chains; i++) {
		if (str_eq(t->chains[i].name, name))
			return &t->chains[i];
	}
	return NULL;
}

const struct world_set *nft_set_named(const struct world_table *t, const char *name)
{
	for (size_t i = 0; name && i < t->n_sets; i++) {
		if (str_eq(t->sets[i].name, name))
			return &t->sets[i];
	}
	return NULL;
}

/* ---- expressions ---- */

static enum truth cmp(const struct machine *m, const struct world_expr *x, size_t at)
{
	const uint8_t *v = m->regs.v + at, *known = m->regs.known + at;
	int order;

	if (x->op == NFT_CMP_EQ || x->op == NFT_CMP_NEQ)
		return truth_not(bits_equal(v, known, x->data.v, x->data.n), x->op == NFT_CMP_NEQ);
	order = bits_compare(v, known, x->data.v, x->data.n);
	if (order == 2)
		return MAYBE;
	switch (x->op) {
	case NFT_CMP_LT:
		return truth_of(order < 0);
	case NFT_CMP_LTE:
		return truth_of(order <= 0);
	case NFT_CMP_GT:
		return truth_of(order > 0);
	case NFT_CMP_GTE:
		return truth_of(order >= 0);
	}
	return MAYBE;
}

static enum truth range(const struct machine *m, const struct world_expr *x, size_t at)
{
	const uint8_t *v = m->regs.v + at, *known = m->regs.known + at;
	int low, high;

	if (x->data2.n != x->data.n)
		return MAYBE;
	low = bits_compare(v, known, x->data.v, x->data.n);
	high = bits_compare(v, known, x->data2.v, x->data.n);
	if (low == -1 || high == 1)
		return truth_of(x->op == NFT_RANGE_NEQ);
	return low == 2 || high == 2 ? MAYBE : truth_of(x->op == NFT_RANGE_EQ);
}

static void shift(struct bits *r, size_t from, size_t to, size_t len, uint32_t n, bool left)
{
	uint32_t in[BITS_MAX / 4], out[BITS_MAX / 4], carry = 0;
	size_t words = len / 4;

	memcpy(in, r->v + from, words * 4);
	for (size_t i = 0; i < words; i++) {
		size_t at = left ? words - 1 - i : i;

		out[at] = (left ? in[at] << n : in[at] >> n) | carry;
		carry = left ? in[at] >> (32 - n) : in[at] << (32 - n);
	}
	bits_put(r, to, out, words * 4, bits_known(r, from, len));
}

/* dreg = sreg & mask ^ xor; a bit that the mask takes away is known whatever it was. */
static enum truth bitwise(struct machine *m, const struct world_expr *x, size_t from, size_t to)
{
	uint32_t n;

	if (x->op != NFT_BITWISE_BOOL) {
		if (x->op > NFT_BITWISE_RSHIFT || x->data.n != sizeof(n) || x->len % 4) {
			bits_put(&m->regs, to, (uint8_t[BITS_MAX]){ 0 }, x->len, false);
			return eval_maybe(m->ev, "it calculates in a way that is not known");
		}
		memcpy(&n, x->data.v, sizeof(n));
		if (n > 0 && n < 32)
			shift(&m->regs, from, to, x->len, n, x->op == NFT_BITWISE_LSHIFT);
		return YES;
	}
	if (x->data.n < x->len || x->data2.n < x->len)
		return eval_maybe(m->ev, "it calculates with less than it should");
	for (size_t i = 0; i < x->len; i++) {
		m->regs.v[to + i] = (m->regs.v[from + i] & x->data.v[i]) ^ x->data2.v[i];
		m->regs.known[to + i] = m->regs.known[from + i] | ~x->data.v[i];
	}
	return YES;
}

/* From the host's order to the network's and back are the same. */
static void byteorder(struct machine *m, const struct world_expr *x, size_t from, size_t to)
{
	struct bits in = m->regs;
	size_t size = x->key;

	for (size_t i = 0; size && i + size <= x->len; i += size) {
		for (size_t j = 0; j < size; j++) {
			size_t k = htons(1) == 1 ? j : size - 1 - j;

			m->regs.v[to + i + j] = in.v[from + i + k];
			m->regs.known[to + i + j] = in.known[from + i + k];
		}
	}
}

/* An element that was found: its data into the register, or its verdict. */
struct found {
	struct machine *m;
	const struct world_expr *x;
	const struct world_set *set;
	bool surely;
};

static void take_found(struct eval *ev, const struct world_element *el, enum truth t, void *arg)
{
	struct found *f = arg;
	size_t to;

	f->surely = t == YES;
	if (is_verdict_map(f->set)) {
		if (t == YES)
			nft_end(f->m, el->verdict, el->chain);
		else
			nft_perhaps(f->m, el->verdict, el->chain);
	} else if (nft_place(f->x->dreg, f->set->data_len, &to)) {
		size_t n = el->data.n < f->set->data_len ? el->data.n : f->set->data_len;

		bits_put(&f->m->regs, to, (uint8_t[BITS_MAX]){ 0 }, f->set->data_len, t == YES);
		bits_put(&f->m->regs, to, el->data.v, n, t == YES);
	}
}

static enum truth lookup(struct machine *m, const struct world_expr *x)
{
	const struct world_set *s = nft_set_named(m->table, x->set);
	struct found f = { .m = m, .x = x, .set = s };
	bool is_map = s && (s->flags & NFT_SET_MAP);
	size_t at;
	enum truth t;

	if (!s)
		return eval_maybe(m->ev, "it looks into a set that could not be read");
	if (!nft_place(x->sreg, s->key_len, &at))
		return eval_maybe(m->ev, "it looks up more than there is");
	t = set_lookup(m->ev, s, &m->regs, at, is_map ? take_found : NULL, &f);
	if (t == MAYBE && is_map && is_verdict_map(s))
		return NO; /* what its elements may lead to was gone through */
	return truth_not(t, x->flags & NFT_LOOKUP_F_INV);
}

static enum truth immediate(struct machine *m, const struct world_expr *x)
{
	size_t at;

	if (x->dreg == NFT_REG_VERDICT)
		nft_end(m, x->verdict, x->chain);
	else if (nft_place(x->dreg, x->data.n, &at))
		bits_put(&m->regs, at, x->data.v, x->data.n, true);
	return YES;
}

/* Those with a source register, of which bits are known or not. */
static enum truth eval_bits(struct machine *m, const struct world_expr *x, bool *done)
{
	size_t from, to;

	*done = true;
	if (str_eq(x->kind, "cmp") || str_eq(x->kind, "range")) {
		if (!nft_place(x->sreg, x->data.n, &from))
			return eval_maybe(m->ev, "it compares more than there is");
		return *x->kind == 'c' ? cmp(m, x, from) : range(m, x, from);
	}
	if (str_eq(x->kind, "bitwise") || str_eq(x->kind, "byteorder")) {
		if (!nft_place(x->sreg, x->len, &from) || !nft_place(x->dreg, x->len, &to))
			return eval_maybe(m->ev, "it calculates with more than there is");
		if (str_eq(x->kind, "bitwise"))
			return bitwise(m, x, from, to);
		byteorder(m, x, from, to);
		return YES;
	}
	*done = false;
	return YES;
}

static enum truth eval_expr(struct machine *m, const struct world_expr *x)
{
	bool done;
	enum truth t = eval_bits(m, x, &done);

	if (done)
		return t;
	if (str_eq(x->kind, "lookup"))
		return lookup(m, x);
	if (str_eq(x->kind, "immediate"))
		return immediate(m, x);
	return nft_effect(m, x);
}

/* ---- rules and chains ---- */

static struct decision decision_of(const struct machine *m, enum end end)
{
	return (struct decision){ .end = end,
				  .chain = m->chain->name,
				  .table = m->table,
				  .nft = m->rule,
				  .reason = m->ev->reason };
}

static struct decision run_chain(struct eval *ev, const struct world_table *t, const struct world_chain *c,
				 unsigned depth);

/* Where a jump leads to. */
static struct decision jump(struct machine *m, const char *name)
{
	const struct world_chain *to = chain_named(m->table, name);

	if (!to)
		m->ev->reason = "it jumps to a chain that could not be read";
	else if (m->depth >= EVAL_DEPTH)
		m->ev->reason = "its jumps are too deep";
	else
		return run_chain(m->ev, m->table, to, m->depth + 1);
	return decision_of(m, END_OTHER);
}

static enum end end_of(int64_t verdict)
{
	switch (verdict & NF_VERDICT_MASK) {
	case NF_ACCEPT:
		return END_ACCEPT;
	case NF_DROP:
		return END_DROP;
	}
	return END_OTHER; /* queued, stolen */
}

void nft_end(struct machine *m, int64_t verdict, const char *chain)
{
	m->has_verdict = true;
	m->verdict = verdict;
	m->to = chain;
}

void nft_perhaps(struct machine *m, int64_t verdict, const char *chain)
{
	struct eval *ev = m->ev;
	const char *reason = ev->reason;
	struct decision d;

	if (verdict == NFT_CONTINUE)
		return;
	if (verdict == NFT_RETURN) {
		m->rest_perhaps = true;
		return;
	}
	if (verdict != NFT_JUMP && verdict != NFT_GOTO) {
		eval_perhaps(ev, decision_of(m, end_of(verdict)));
		return;
	}
	ev->perhaps++;
	d = jump(m, chain);
	ev->perhaps--;
	ev->reason = reason;
	if (d.end != END_NONE) {
		d.reason = reason;
		eval_perhaps(ev, d);
	} else if (verdict == NFT_GOTO) {
		m->rest_perhaps = true;
	}
}

/* The rule's expressions: NO where it ends without a verdict. */
static enum truth eval_rule(struct machine *m)
{
	enum truth t = YES;

	for (size_t i = 0; i < m->rule->n_exprs && t != NO && !m->has_verdict; i++) {
		m->ev->perhaps += t == MAYBE;
		enum truth one = eval_expr(m, &m->rule->exprs[i]);

		m->ev->perhaps -= t == MAYBE;
		t = truth_and(t, one);
	}
	return m->has_verdict ? t : NO;
}

/* One rule: true where the chain ends with it, in *d. */
static bool run_rule(struct machine *m, struct decision *d)
{
	enum truth t = eval_rule(m);

	*d = (struct decision){ 0 };
	if (t == NO || m->verdict == NFT_CONTINUE)
		return false;
	if (t == MAYBE) {
		nft_perhaps(m, m->verdict, m->to);
		return false;
	}
	if (m->verdict == NFT_RETURN)
		return true;
	if (m->verdict != NFT_JUMP && m->verdict != NFT_GOTO) {
		*d = decision_of(m, m->rejects ? END_REJECT : end_of(m->verdict));
		return true;
	}
	*d = jump(m, m->to);
	return d->end != END_NONE || m->verdict == NFT_GOTO;
}

static struct decision run_chain(struct eval *ev, const struct world_table *t, const struct world_chain *c,
				 unsigned depth)
{
	struct machine m = { .ev = ev, .table = t, .chain = c, .depth = depth };
	struct decision d = { 0 };
	bool perhaps = false;

	for (size_t i = 0; i < c->n_rules; i++) {
		m.rule = &c->rules[i];
		m.has_verdict = m.rejects = false;
		memset(&m.regs, 0, sizeof(m.regs));
		if (!eval_pay(ev, EVAL_RULE_COST)) {
			ev->reason = "there are too many rules to go through";
			d = decision_of(&m, END_OTHER);
			break;
		}
		bool ends = run_rule(&m, &d);

		if (m.rest_perhaps && !perhaps) { /* what follows runs only perhaps, until the chain's end */
			perhaps = true;
			ev->perhaps++;
		}
		if (ends)
			break;
	}
	if (!perhaps)
		return d;
	ev->perhaps--;
	if (d.end != END_NONE)
		eval_perhaps(ev, d);
	return (struct decision){ 0 };
}

struct decision nft_run(struct eval *ev, const struct world_table *t, const struct world_chain *c)
{
	return run_chain(ev, t, c, 0);
}
