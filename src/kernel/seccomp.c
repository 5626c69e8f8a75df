/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_filter_load(const struct seccomp_filter *f, int *listener, struct err *e)
{
	struct sock_fprog prog = {.len = f->count, .filter = (struct sock_filter *)f->insns};
	long n = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog);

	if (n < 0) {
		err_set(e, "seccomp-load", errno, "load the seccomp filter");
		if (e->no == EACCES)
			err_hint(e, "without CAP_SYS_ADMIN it needs no_new_privs");
		else if (e->no == ENOSYS)
			err_hint(
			    e, "this kernel has no seccomp; --security-opt seccomp=unconfined does without");
		else if (e->no == EINVAL && f->flags)
			err_hint(e, "this kernel may be too old for one of the profile's flags");
		return -e->no;
	}
	if (listener)
		*listener = f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? (int)n : -1;
	return 0;
}
