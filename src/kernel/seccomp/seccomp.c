/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct header {
	uint32_t flags, count;
};
_Static_assert(SECCOMP_FILTER_BYTES_MAX == sizeof(struct header) + BPF_MAXINSNS * sizeof(struct sock_filter),
	       "the longest");

void seccomp_filter_put(struct str *out, const struct seccomp_filter *f)
{
	str_addn(out, (const char *)&(struct header){ f->flags, f->count }, sizeof(struct header));
	str_addn(out, (const char *)f->insns, f->count * sizeof(*f->insns));
}

bool seccomp_filter_get(struct arena *a, const char *data, size_t len, struct seccomp_filter *f)
{
	struct header h;
	struct sock_filter *insns;

	if (len < sizeof(h))
		return false;
	memcpy(&h, data, sizeof(h));
	if (h.count == 0 || h.count > BPF_MAXINSNS || len != sizeof(h) + h.count * sizeof(*insns))
		return false;
	insns = arena_array(a, struct sock_filter, h.count);
	memcpy(insns, data + sizeof(h), h.count * sizeof(*insns));
	*f = (struct seccomp_filter){ .insns = insns, .count = (unsigned short)h.count, .flags = h.flags };
	return true;
}

/* SIGSYS, too, kills whoever has no handler for it: so it is right before execve(2), and right after. */
static bool kills(uint32_t action)
{
	action &= SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD ||
	       action == SECCOMP_RET_TRAP;
}

/* Where a jump of the instruction leads, with `a` loaded. */
static unsigned jump(const struct sock_filter *i, uint32_t a)
{
	bool taken = BPF_OP(i->code) == BPF_JEQ ? a == i->k :
		     BPF_OP(i->code) == BPF_JGT ? a > i->k :
						  a >= i->k;

	return BPF_OP(i->code) == BPF_JA ? i->k : taken ? i->jt : i->jf;
}

/* Interprets no more instructions than seccomp_compile() emits for calls without conditions. */
bool seccomp_filter_kills(const struct seccomp_filter *f, int nr)
{
	uint32_t a = 0;

	for (unsigned pc = 0; pc < f->count; pc++) {
		const struct sock_filter *i = &f->insns[pc];

		if (BPF_CLASS(i->code) == BPF_JMP)
			pc += jump(i, a);
		else if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k == offsetof(struct seccomp_data, nr))
			a = (uint32_t)nr;
		else if (i->code == (BPF_LD | BPF_W | BPF_ABS) && i->k == offsetof(struct seccomp_data, arch))
			a = SECCOMP_ARCH_NATIVE;
		else
			return i->code == (BPF_RET | BPF_K) && kills(i->k);
	}
	return false;
}

int seccomp_filter_load(const struct seccomp_filter *f)
{
	struct sock_fprog prog = { .len = f->count, .filter = (struct sock_filter *)f->insns };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog) < 0 ? -errno : 0;
}

int seccomp_not_loaded(int no, struct err *e)
{
	err_set(e, "seccomp-load", no, "load the seccomp filter");
	if (no == EACCES)
		return err_hint(e, "without CAP_SYS_ADMIN it needs no_new_privs");
	if (no == ENOSYS)
		return err_hint(e, "this kernel has no seccomp; without a profile it is not needed");
	if (no == EINVAL)
		return err_hint(e, "this kernel may be too old for one of the profile's flags");
	return no == EBUSY ? err_hint(e, "another filter has a listener already") : -no;
}

unsigned seccomp_flags_supported(void)
{
	unsigned supported = 0;

	/* If the kernel knows a flag, it comes to read the program, which is not there: seccomp(2). Some want
	 * a listener too. */
	for (unsigned flag = 1; flag && flag <= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; flag <<= 1) {
		unsigned with = flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ?
					SECCOMP_FILTER_FLAG_NEW_LISTENER :
					0;

		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag | with, NULL) < 0 && errno == EFAULT)
			supported |= flag;
	}
	return supported;
}
