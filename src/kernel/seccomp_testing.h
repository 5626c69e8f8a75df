/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/seccomp.h"

/* Load a filter, for a test that has no_new_privs or is root, as guise-init does for a command. 0 or -errno. */
static inline int seccomp_filter_load(const struct seccomp_filter *f)
{
	struct sock_fprog prog = {.len = f->count, .filter = (struct sock_filter *)f->insns};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog) < 0 ? -errno : 0;
}
