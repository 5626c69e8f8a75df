/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiler against a plain reading of the same profile: programs are run by a small interpreter, so
 * that every architecture can be tested on any. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "base/str.h"
#include "kernel/seccomp/seccomp.h"

/* What the kernel would answer. */
static uint32_t interpret(const struct seccomp_filter *f, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (unsigned pc = 0; pc < f->count; pc++) {
		const struct sock_filter *i = &f->insns[pc];
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(i->k % 4 == 0 && i->k < sizeof(*data));
			memcpy(&a, (const char *)data + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %u: code 0x%x", pc, i->code);
		}
	}
	fail_msg("the program runs over its end");
	return 0;
}

static bool holds(const struct seccomp_arg *arg, uint64_t value)
{
	switch (arg->op) {
	case SECCOMP_OP_NE:
		return value != arg->value;
	case SECCOMP_OP_LT:
		return value < arg->value;
	case SECCOMP_OP_LE:
		return value <= arg->value;
	case SECCOMP_OP_EQ:
		return value == arg->value;
	case SECCOMP_OP_GE:
		return value >= arg->value;
	case SECCOMP_OP_GT:
		return value > arg->value;
	default:
		return (value & arg->mask) == arg->value;
	}
}

/* The profile's answer to a call, by its definition. */
static uint32_t expected(const struct seccomp_profile *p, const char *name, const struct seccomp_data *data)
{
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct seccomp_rule *r = &p->rules[i];
		bool match = false;
		for (size_t j = 0; j < r->n_names; j++)
			match |= str_eq(r->names[j], name);
		for (size_t j = 0; j < r->n_args; j++)
			match &= holds(&r->args[j], data->args[r->args[j].index]);
		if (match)
			return r->action;
	}
	return p->default_action;
}

static const char *const pool[] = { "read",   "write",  "open",  "close",  "fork",   "execve",
				    "mount",  "kill",   "setns", "bpf",    "openat", "statx",
				    "futex",  "socket", "shmat", "ioctl",  "mseal",  "getpid",
				    "unlink", "rename", "prctl", "ptrace", "acct",   "dup" };
static const uint64_t values[] = { 0,          1,           5,           0x7fffffff,  0x80000000,
				   0xffffffff, 0x100000000, 0x100000005, 0x500000001, UINT64_MAX - 1,
				   UINT64_MAX };

static uint64_t some_value(void)
{
	return values[rand() % ARRAY_LEN(values)];
}

static struct seccomp_profile random_profile(struct arena *a, uint32_t *arches, size_t n_arches)
{
	static const uint32_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2,
					    SECCOMP_RET_LOG, SECCOMP_RET_TRAP };
	struct seccomp_profile p = {
		.default_action = actions[rand() % ARRAY_LEN(actions)],
		.arches = arches,
		.n_arches = n_arches,
		.n_rules = rand() % 20,
	};

	p.rules = arena_array(a, struct seccomp_rule, p.n_rules + 1);
	for (size_t i = 0; i < p.n_rules; i++) {
		struct seccomp_rule *r = &p.rules[i];
		r->n_names = 1 + rand() % 4;
		r->names = arena_array(a, const char *, r->n_names);
		for (size_t j = 0; j < r->n_names; j++)
			r->names[j] = pool[rand() % ARRAY_LEN(pool)];
		r->action = actions[rand() % ARRAY_LEN(actions)];
		r->n_args = rand() % 2 ? 0 : rand() % 4;
		r->args = arena_array(a, struct seccomp_arg, r->n_args + 1);
		for (size_t j = 0; j < r->n_args; j++)
			r->args[j] = (struct seccomp_arg){ .index = rand() % 6,
							   .op = rand() % SECCOMP_OP_COUNT,
							   .value = some_value(),
							   .mask = some_value() };
	}
	return p;
}

/* The number of a call where a program of that architecture finds it. */
static int number_of(uint32_t arch, const char *name)
{
	if (str_eq(name, "mseal"))
		return arch == SCMP_ARCH_X32 ? 462 | 0x40000000 : 462;
	if (arch == SCMP_ARCH_X86 && str_eq(name, "socket"))
		return 359;
	if (arch == SCMP_ARCH_X86 && str_eq(name, "shmat"))
		return 397;
	return seccomp_syscall_resolve_name_arch(arch, name);
}

static void compare(struct seccomp_profile *p, const struct seccomp_filter *f, uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_LEN(pool); i++) {
		struct seccomp_data data = { .nr = number_of(arch, pool[i]),
					     .arch = arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch };
		if (data.nr < 0)
			continue;
		for (int n = 0; n < 8; n++) {
			for (int k = 0; k < 6; k++)
				data.args[k] = some_value();
			uint32_t want = expected(p, pool[i], &data), got = interpret(f, &data);
			if (want != got)
				fail_msg("%s on 0x%x: 0x%x, not 0x%x", pool[i], arch, got, want);
		}
	}
}

static void random_profiles(void **state)
{
	uint32_t intel[] = { SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32 };
	uint32_t arm[] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };

	srand(1);
	for (int n = 0; n < 300; n++) {
		struct arena a = { 0 };
		struct err e;
		struct seccomp_filter f;
		struct seccomp_profile p = random_profile(&a, intel, 3);
		assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
		for (int i = 0; i < 3; i++)
			compare(&p, &f, intel[i]);
		p.arches = arm;
		p.n_arches = 2;
		assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_AARCH64, &f, &e), 0);
		for (int i = 0; i < 2; i++)
			compare(&p, &f, arm[i]);
		arena_free(&a);
	}
}

static void foreign(void **state)
{
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;
	struct seccomp_profile p = { .default_action = SECCOMP_RET_ALLOW };
	struct seccomp_data data = { .nr = 1, .arch = AUDIT_ARCH_X86_64 };

	/* Allow everything, of the native architecture. */
	assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ALLOW);
	data.nr |= 0x40000000;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO | ENOSYS);
	data.nr = 1;
	data.arch = AUDIT_ARCH_I386;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO | ENOSYS);

	p.default_action = SECCOMP_RET_KILL_PROCESS;
	assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_KILL_PROCESS);

	/* One range only, and no instruction that runs over the end. */
	assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_AARCH64, &f, &e), 0);
	data.arch = AUDIT_ARCH_AARCH64;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(seccomp_compile(&a, &p, 0x1234, &f, &e), -ENOTSUP);
	arena_free(&a);
}

/* Whatever is listed, a program of the native architecture may call what the rules allow. */
static void native_is_listed(void **state)
{
	uint32_t lists[][2] = { { SCMP_ARCH_X86, SCMP_ARCH_X32 }, { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM } };
	const char *name = "read";
	struct seccomp_rule rule = { .names = &name, .n_names = 1, .action = SECCOMP_RET_ALLOW };
	struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 }; /* where read is 0 */
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct seccomp_profile p = { .default_action = SECCOMP_RET_KILL_PROCESS,
					     .arches = lists[i],
					     .n_arches = 2,
					     .rules = &rule,
					     .n_rules = 1 };

		assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
		assert_int_equal(interpret(&f, &data), SECCOMP_RET_ALLOW);
	}
	arena_free(&a);
}

/* What is said of a call without looking at its arguments. */
static void kills_for(void **state)
{
	const char *names[] = { "execve", "read" };
	struct seccomp_arg arg = { .index = 0, .op = SECCOMP_OP_EQ, .value = 7 };
	struct seccomp_rule rule = { .names = names, .n_names = 2 };
	struct seccomp_profile p = { .rules = &rule, .n_rules = 1 };
	static const struct {
		uint32_t rule, otherwise;
		bool conditioned, read, write;
	} rows[] = {
		{ SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, false, false, true },
		{ SECCOMP_RET_KILL_THREAD, SECCOMP_RET_ALLOW, false, true, false },
		{ SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, false, true, false },
		{ SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, true, false, true }, /* it depends */
	};
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		rule.action = rows[i].rule;
		rule.args = &arg;
		rule.n_args = rows[i].conditioned;
		p.default_action = rows[i].otherwise;
		assert_int_equal(seccomp_compile(&a, &p, 0, &f, &e), 0);
		assert_int_equal(seccomp_filter_kills(&f, SYS_read), rows[i].read);
		assert_int_equal(seccomp_filter_kills(&f, SYS_execve), rows[i].read);
		assert_int_equal(seccomp_filter_kills(&f, SYS_write), rows[i].write);
	}
	arena_free(&a);
}

static void newer(void **state)
{
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;
	const char *names[] = { "no_such_call", "write", "read" };
	struct seccomp_rule rule = { .names = names, .n_names = 3, .action = SECCOMP_RET_ALLOW };
	struct seccomp_profile p = { .default_action = SECCOMP_RET_ERRNO | EPERM,
				     .enosys_for_newer = true,
				     .rules = &rule,
				     .n_rules = 1 };
	struct seccomp_data data = { .arch = AUDIT_ARCH_AARCH64 };

	assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_AARCH64, &f, &e), 0);
	data.nr = 62; /* lseek, read is 63, write 64 */
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO | EPERM);
	data.nr = 64;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ALLOW);
	data.nr = 65;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO | ENOSYS);
	data.nr = -1;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO | ENOSYS);
	arena_free(&a);
}

/* A name that no call can have names none: not with a blank, not in capitals, not by number. */
static void odd_names(void **state)
{
	static const char *const odd[] = {
		"read write", " read", "read ", "READ", "read\n", "", "0", "re-ad"
	};
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		const char *name = odd[i];
		struct seccomp_rule rule = { .names = &name, .n_names = 1, .action = SECCOMP_RET_ERRNO | 1 };
		struct seccomp_profile p = { .default_action = SECCOMP_RET_ALLOW,
					     .rules = &rule,
					     .n_rules = 1 };
		struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 };

		assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
		for (; data.nr < 500; data.nr++)
			assert_int_equal(interpret(&f, &data), SECCOMP_RET_ALLOW);
	}
	arena_free(&a);
}

static void too_long(void **state)
{
	struct arena a = { 0 };
	struct err e;
	struct seccomp_filter f;
	const char *name = "read";
	struct seccomp_arg arg = { .index = 1, .op = SECCOMP_OP_GT, .value = 7 };
	struct seccomp_profile p = { .default_action = SECCOMP_RET_ALLOW, .n_rules = 3000 };

	p.rules = arena_array(&a, struct seccomp_rule, p.n_rules);
	for (size_t i = 0; i < p.n_rules; i++)
		p.rules[i] = (struct seccomp_rule){ &name, 1, SECCOMP_RET_ERRNO | i, &arg, 1 };
	assert_int_equal(seccomp_compile(&a, &p, 0, &f, &e), -E2BIG);
	p.n_rules = 600; /* long jumps, and more actions than the table of returns holds */
	assert_int_equal(seccomp_compile(&a, &p, SCMP_ARCH_X86_64, &f, &e), 0);
	struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64, .args = { 0, 8 } };
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ERRNO);
	data.args[1] = 7;
	assert_int_equal(interpret(&f, &data), SECCOMP_RET_ALLOW);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_profiles),
		cmocka_unit_test(foreign),
		cmocka_unit_test(native_is_listed),
		cmocka_unit_test(kills_for),
		cmocka_unit_test(newer),
		cmocka_unit_test(odd_names),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
