/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "kernel/seccomp/seccomp.h"

/*
 * One hook of the OCI runtime specification (config.md, "POSIX-platform Hooks"): a program of the caller's
 * namespaces, which reads the container's state from its standard input. argv and env are as in execve(2);
 * env is the whole environment.
 */
struct hook {
	const char *path;
	char *const *argv, *const *env;
	uint64_t timeout; /* seconds after which it is killed; 0: it may take any time */
	mode_t umask;
	const struct seccomp_filter *filter; /* loaded for it; NULL: none */
	uint64_t withheld;                   /* capabilities that it does not inherit */
};

/* Run it and wait for it. -errno with code "hook" when it cannot be run, takes too long, or fails; the cause
 * is what it wrote last. Nothing is allocated: the container's first process calls it too. */
int hook_run(const struct hook *h, const char *state, size_t len, struct err *e);
