/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profile to classic BPF.
 *
 * Theory of operation. The kernel looks at a filter three times. When it is loaded, it is verified,
 * translated and compiled to machine code. Then it is simulated for every system call number there is, to
 * find those that are always allowed (Linux 5.11; those then never run it). Then it runs for the others. All
 * three cost by its length, and loading is on the path of every start. libseccomp emits a comparison and more
 * for each name: hundreds of instructions, most of them equal. But system calls that are treated alike lie
 * together in the table. So we sort them by number, join equal neighbours to ranges, and search the ranges by
 * halves:
 *
 *     load arch; is it x86-64? x86? else return what a foreign architecture gets
 *     load nr;   is it >= the middle range's start? ... (one instruction per range)
 *     for each call with conditions on arguments: its rules in order
 *     one return per action
 *
 * The program is written backwards, from the last instruction to the first, so that the target of every
 * jump is already in place: BPF jumps forward only. A label is therefore a distance from the end.
 */
#include "kernel/seccomp/seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "base/str.h"
#include "kernel/seccomp/names.h"

/* ---- the program, written backwards ---- */

typedef unsigned label; /* 1 + distance from the end; 0 is no label */

struct prog {
	struct sock_filter insns[BPF_MAXINSNS]; /* the last instruction first */
	unsigned count;
	bool full;
};

static label emit(struct prog *p, uint16_t code, uint32_t k, unsigned jt, unsigned jf)
{
	if (p->count == BPF_MAXINSNS) {
		p->full = true;
		return p->count;
	}
	p->insns[p->count] = (struct sock_filter){ code, jt, jf, k };
	return ++p->count;
}

/* How many instructions lie between the one to be emitted next and its target. */
static unsigned distance(const struct prog *p, label target)
{
	return p->count - target;
}

static label emit_goto(struct prog *p, label target)
{
	return emit(p, BPF_JMP | BPF_JA, distance(p, target), 0, 0);
}

/* A conditional jump reaches 255 instructions: make `target` reachable, by way of a long jump if need
 * be. `reserve` instructions may be emitted before the conditional jump is. */
static label near(struct prog *p, label target, unsigned reserve)
{
	if (distance(p, target) + reserve <= 255)
		return target;
	return emit_goto(p, target);
}

/* if (A op k) goto yes; else goto no */
static label emit_if(struct prog *p, uint16_t op, uint32_t k, label yes, label no)
{
	yes = near(p, yes, 1);
	no = near(p, no, 0);
	return emit(p, BPF_JMP | op | BPF_K, k, distance(p, yes), distance(p, no));
}

static label emit_load(struct prog *p, unsigned offset)
{
	return emit(p, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static label emit_return(struct prog *p, uint32_t action)
{
	return emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* ---- conditions ---- */

/* Load the high or low half of an argument, which lies in memory in the architecture's byte order. */
static label emit_load_half(struct prog *p, uint32_t arch, unsigned index, bool high)
{
	bool little = arch & __AUDIT_ARCH_LE;

	return emit_load(p, offsetof(struct seccomp_data, args) + index * 8 + (high == little ? 4 : 0));
}

/* if ((argument & mask) == value) goto yes; else goto no. Halves that the mask hides are not looked at. */
static label emit_equal(struct prog *p, uint32_t arch, const struct seccomp_arg *arg, uint64_t mask,
			label yes, label no)
{
	label next = yes;

	if (arg->value & ~mask) /* can't be */
		return no;
	for (int high = 0; high <= 1; high++) { /* backwards: the low half is looked at last */
		uint32_t m = mask >> (high ? 32 : 0), v = arg->value >> (high ? 32 : 0);
		if (m == 0)
			continue;
		emit_if(p, BPF_JEQ, v, next, no);
		if (m != UINT32_MAX)
			emit(p, BPF_ALU | BPF_AND | BPF_K, m, 0, 0);
		next = emit_load_half(p, arch, arg->index, high);
	}
	return next;
}

/* if (argument > value) goto yes; else goto no; or with >=, by op BPF_JGT or BPF_JGE. */
static label emit_greater(struct prog *p, uint32_t arch, const struct seccomp_arg *arg, uint16_t op,
			  label yes, label no)
{
	uint32_t high = arg->value >> 32;
	label low;

	emit_if(p, op, arg->value, yes, no);
	low = emit_load_half(p, arch, arg->index, false);
	low = emit_if(p, BPF_JEQ, high, low, no);
	emit_if(p, BPF_JGT, high, yes, low);
	return emit_load_half(p, arch, arg->index, true);
}

static label emit_condition(struct prog *p, uint32_t arch, const struct seccomp_arg *arg, label yes, label no)
{
	switch (arg->op) {
	case SECCOMP_OP_EQ:
		return emit_equal(p, arch, arg, UINT64_MAX, yes, no);
	case SECCOMP_OP_NE:
		return emit_equal(p, arch, arg, UINT64_MAX, no, yes);
	case SECCOMP_OP_MASKED_EQ:
		return emit_equal(p, arch, arg, arg->mask, yes, no);
	case SECCOMP_OP_GT:
		return emit_greater(p, arch, arg, BPF_JGT, yes, no);
	case SECCOMP_OP_LE:
		return emit_greater(p, arch, arg, BPF_JGT, no, yes);
	case SECCOMP_OP_GE:
		return emit_greater(p, arch, arg, BPF_JGE, yes, no);
	default: /* SECCOMP_OP_LT */
		return emit_greater(p, arch, arg, BPF_JGE, no, yes);
	}
}

/* ---- one architecture: its calls sorted by number, each with its rules in order ---- */

struct call {
	uint32_t nr;
	uint32_t order;
	const struct seccomp_rule *rule;
};

struct calls {
	struct call *v;
	size_t n;
};

/* From `nr` on, up to the next range, everything goes to `target`. */
struct range {
	uint32_t nr;
	label target;
};

/* The returns of one architecture, each emitted once. */
struct returns {
	uint32_t action[64];
	label at[64];
	unsigned n;
};

struct compiler {
	struct arena *arena;
	const struct seccomp_profile *profile;
	struct prog *prog;
	struct returns returns;
	struct range *ranges;
	size_t n_ranges;
};

static int call_order(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void calls_add(struct compiler *c, struct calls *calls, uint32_t arch)
{
	for (size_t i = 0; i < c->profile->n_rules; i++) {
		const struct seccomp_rule *rule = &c->profile->rules[i];
		for (size_t j = 0; j < rule->n_names; j++) {
			int nr = seccomp_call_number(rule->names[j], arch);
			struct call call = { nr, i, rule };
			if (nr >= 0)
				arena_push(c->arena, calls->v, calls->n, call);
		}
	}
}

/* The return of the action. Once the table is full, every use emits a return of its own: only a hostile
 * profile has 64 actions. */
static label return_label(struct compiler *c, uint32_t action)
{
	struct returns *r = &c->returns;

	for (unsigned i = 0; i < r->n; i++)
		if (r->action[i] == action)
			return r->at[i];
	label at = emit_return(c->prog, action);
	if (r->n < ARRAY_LEN(r->at)) {
		r->action[r->n] = action;
		r->at[r->n++] = at;
	}
	return at;
}

/* The rules on one call, tried in order; behind them the default. */
static label emit_rules(struct compiler *c, uint32_t arch, const struct call *calls, size_t n,
			label otherwise)
{
	label next = otherwise;

	for (size_t i = n; i-- > 0;) {
		const struct seccomp_rule *rule = calls[i].rule;
		label at = return_label(c, rule->action);
		for (size_t j = rule->n_args; j-- > 0;)
			at = emit_condition(c->prog, arch, &rule->args[j], at, next);
		next = at;
	}
	return next;
}

static void range_add(struct compiler *c, uint32_t nr, label target)
{
	struct range *last = c->n_ranges ? &c->ranges[c->n_ranges - 1] : NULL;
	struct range range = { nr, target };

	if (last && last->nr == nr) /* nothing between two calls: the default's range is empty */
		c->n_ranges--;
	last = c->n_ranges ? &c->ranges[c->n_ranges - 1] : NULL;
	if (last && last->target == target)
		return;
	arena_push(c->arena, c->ranges, c->n_ranges, range);
}

/* A system call number in A: find its range by halves. */
static label emit_search(struct compiler *c, size_t first, size_t last)
{
	if (first == last)
		return c->ranges[first].target;
	size_t middle = first + (last - first + 1) / 2;
	label above = emit_search(c, middle, last);
	label below = emit_search(c, first, middle - 1);
	return emit_if(c->prog, BPF_JGE, c->ranges[middle].nr, above, below);
}

static bool arch_listed(const struct seccomp_profile *p, uint32_t arch, uint32_t native)
{
	if (arch == native)
		return true;
	for (size_t i = 0; i < p->n_arches; i++)
		if (p->arches[i] == arch)
			return true;
	return false;
}

/* The actions that end a process, whatever it asked for. */
static bool kills(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_KILL_PROCESS || kind == SECCOMP_RET_KILL_THREAD;
}

static uint32_t foreign_action(const struct seccomp_profile *p)
{
	return kills(p->default_action) ? p->default_action : SECCOMP_RET_ERRNO | ENOSYS;
}

static label emit_arch(struct compiler *c, uint32_t arch, uint32_t native)
{
	const struct seccomp_profile *p = c->profile;
	bool x86_64 = arch == SCMP_ARCH_X86_64, x32 = x86_64 && arch_listed(p, SCMP_ARCH_X32, native);
	struct calls calls = { 0 };
	size_t same = 0;
	bool beyond = false;

	calls_add(c, &calls, arch);
	if (x32) /* the kernel tells it from x86-64 by the numbers only */
		calls_add(c, &calls, SCMP_ARCH_X32);
	if (calls.n)
		qsort(calls.v, calls.n, sizeof(*calls.v), call_order);

	c->returns.n = 0;
	c->n_ranges = 0;
	c->ranges = NULL;
	label foreign = return_label(c, foreign_action(p));
	label otherwise = return_label(c, p->default_action);
	label newer = p->enosys_for_newer ? return_label(c, SECCOMP_RET_ERRNO | ENOSYS) : otherwise;

	range_add(c, 0, otherwise);
	for (size_t i = 0; i < calls.n; i += same) {
		uint32_t nr = calls.v[i].nr;
		for (same = 1; i + same < calls.n && calls.v[i + same].nr == nr;)
			same++;
		if (x86_64 && nr >= SECCOMP_X32_BIT && !beyond) {
			range_add(c, SECCOMP_X32_BIT, otherwise);
			beyond = true;
		}
		range_add(c, nr, emit_rules(c, arch, &calls.v[i], same, otherwise));
		bool last = i + same == calls.n ||
			    (x86_64 && !beyond && calls.v[i + same].nr >= SECCOMP_X32_BIT);
		range_add(c, nr + 1, last ? newer : otherwise);
	}
	if (x86_64 && !beyond)
		range_add(c, SECCOMP_X32_BIT, x32 ? otherwise : foreign);
	if (c->n_ranges == 1)
		emit_goto(c->prog, c->ranges[0].target);
	else
		emit_search(c, 0, c->n_ranges - 1);
	return emit_load(c->prog, offsetof(struct seccomp_data, nr));
}

/* ---- the whole ---- */

/* What a kernel of the native architecture can run beside it. x32 shares x86-64's audit number. */
static const struct {
	uint32_t native, compat;
} families[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
	{ SCMP_ARCH_X86, 0 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
	{ SCMP_ARCH_ARM, 0 },
	{ SCMP_ARCH_RISCV64, 0 },
	{ SCMP_ARCH_PPC64LE, 0 },
	{ SCMP_ARCH_S390X, SCMP_ARCH_S390 },
};

static void emit_program(struct compiler *c, uint32_t native, uint32_t compat)
{
	label next = emit_return(c->prog, foreign_action(c->profile));

	if (compat && arch_listed(c->profile, compat, native)) {
		label at = emit_arch(c, compat, native);
		next = emit_if(c->prog, BPF_JEQ, compat, at, next);
	}
	/* The native architecture comes last, so first in the program and nearest to its test. */
	label at = emit_arch(c, native, native);
	emit_if(c->prog, BPF_JEQ, native, at, next);
	emit_load(c->prog, offsetof(struct seccomp_data, arch));
}

int seccomp_compile(struct arena *a, const struct seccomp_profile *p, uint32_t native,
		    struct seccomp_filter *f, struct err *e)
{
	struct compiler c = { .arena = a, .profile = p, .prog = arena_new(a, struct prog) };
	size_t i = 0;

	if (native == 0)
		native = seccomp_arch_native();
	while (i < ARRAY_LEN(families) && families[i].native != native)
		i++;
	if (i == ARRAY_LEN(families)) {
		err_set(e, "seccomp-arch", ENOTSUP, "compile a seccomp filter");
		return err_cause(e, "unknown architecture 0x%x", native);
	}
	emit_program(&c, native, families[i].compat);
	if (c.prog->full) {
		err_set(e, "seccomp-too-long", E2BIG, "compile the seccomp profile");
		return err_cause(e, "it needs more than the kernel's %d instructions", BPF_MAXINSNS);
	}

	struct sock_filter *insns = arena_array(a, struct sock_filter, c.prog->count);
	for (unsigned n = 0; n < c.prog->count; n++)
		insns[n] = c.prog->insns[c.prog->count - 1 - n];
	*f = (struct seccomp_filter){ .insns = insns, .count = c.prog->count, .flags = p->flags };
	return 0;
}
