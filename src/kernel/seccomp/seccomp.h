/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/audit.h>
#include <linux/filter.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/*
 * System call filters (seccomp(2)): a profile says which calls are allowed; it is compiled into a program for
 * the kernel's classic BPF machine, and that is loaded. The three are apart because they happen at different
 * times. A profile is read and compiled when guise is built, or when a user gives one. Only loading happens
 * on every start: in guise-init, for the command (plan/init_orders.h).
 */

/* What the kernel calls the architecture that guise is built for. */
#if defined(__x86_64__)
#define SECCOMP_ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_ARCH_NATIVE AUDIT_ARCH_AARCH64
#else
#error "seccomp: write this architecture's name"
#endif

/* A program ready to be loaded. */
struct seccomp_filter {
	const struct sock_filter *insns;
	unsigned short count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
};

/* One condition on one argument. */
enum seccomp_op {
	SECCOMP_OP_NE,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ, /* (argument & mask) == value */
	SECCOMP_OP_COUNT
};

struct seccomp_arg {
	unsigned index; /* 0 to 5 */
	enum seccomp_op op;
	uint64_t value, mask; /* mask: for MASKED_EQ only */
};

/* What happens to the named calls if all the conditions hold. */
struct seccomp_rule {
	const char **names; /* those that no known architecture has are left out when compiling */
	size_t n_names;
	uint32_t action; /* SECCOMP_RET_* with its data */
	struct seccomp_arg *args;
	size_t n_args;
};

/*
 * For each system call the rules that name it are tried in the order of the profile, and the first one
 * whose conditions hold decides; if none does, default_action. (libseccomp has no such order: there a
 * rule without conditions hides all others on its call. A profile written for libseccomp never gets
 * more from us than it would there.)
 *
 * x86-64 programs that call through the x32 table, and programs of an architecture that is not listed,
 * get ENOSYS, as from a kernel built without it; they are killed if default_action kills.
 */
struct seccomp_profile {
	uint32_t default_action;
	bool enosys_for_newer; /* calls with a higher number than any that is named get ENOSYS */
	/* AUDIT_ARCH_*, libseccomp's SCMP_ARCH_X32; the native one always belongs to them. */
	uint32_t *arches;
	size_t n_arches;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
	struct seccomp_rule *rules;
	size_t n_rules;
	const char *listener_path, *listener_metadata; /* SCMP_ACT_NOTIFY: who gets the descriptor */
};

/* Compile for a machine whose kernel is of architecture `native` (0: this one); listed architectures
 * that such a machine cannot run cost nothing. The program lies in the arena. Errors: a program of
 * more than BPF_MAXINSNS instructions, a native architecture that is not known. In kernel/seccomp/compile.c,
 * apart from loading, because it needs libseccomp (for its tables of names). */
int seccomp_compile(struct arena *a, const struct seccomp_profile *p, uint32_t native,
		    struct seccomp_filter *f, struct err *e);

/* A compiled filter as bytes, for a file of this machine's, and back. Back: copies the instructions to the
 * arena; false if the bytes are no filter. */
enum { SECCOMP_FILTER_BYTES_MAX = 8 + BPF_MAXINSNS * sizeof(struct sock_filter) };
void seccomp_filter_put(struct str *out, const struct seccomp_filter *f);
bool seccomp_filter_get(struct arena *a, const char *data, size_t len, struct seccomp_filter *f);

/* Which SECCOMP_FILTER_FLAG_* this kernel takes. */
unsigned seccomp_flags_supported(void);

/* Does it kill whoever makes this system call natively, whatever the arguments? */
bool seccomp_filter_kills(const struct seccomp_filter *f, int nr);

/* Load it for this process, which has no_new_privs or CAP_SYS_ADMIN, as guise-init does for the command. 0 or
 * -errno. */
int seccomp_filter_load(const struct seccomp_filter *f);

/* The error of a filter that was not loaded for the reason `no` (errno). Returns -no. */
int seccomp_not_loaded(int no, struct err *e);
