/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Run one hook of the OCI runtime specification (config.md, "POSIX-platform Hooks") and wait for it: a
 * program of the caller's namespaces, which reads the container's state from its standard input. argv and
 * env are as in execve(2); env is the whole environment. A hook that runs longer than `timeout` seconds (0:
 * any time) is killed. Capabilities in `withheld` it does not inherit.
 *
 * -errno with code "hook" when it cannot be run, fails (what it wrote last is the cause) or takes too long.
 * Nothing is allocated: the container's first process calls it too.
 */
int hook_run(const char *path, char *const argv[], char *const env[], unsigned timeout, uint64_t withheld,
	     const char *state, size_t len, struct err *e);
