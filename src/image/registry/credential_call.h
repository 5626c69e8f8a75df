/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * docker-credential-HELPER as a process. It is the caller's program, and asks the caller's keyring, agent or bus,
 * which know whom they speak to by user ID. So it must not be started in a user namespace, where it would be root.
 *
 * Theory of operation. Whoever is about to enter one starts a process before, which stays outside with a socket,
 * starts the helpers that it is told to, and ends when the socket is closed: with us, however we end.
 * A helper that runs then is killed, unless it has closed its standard output: that one's end is waited for.
 */

/* From now on helpers are started by a process that is started here, once. Code "credential-helper". */
int credential_stay_outside(struct err *e);

/* HELPER VERB with that on its standard input: its exit status as wait(2) has it, and what it has said, 64 KiB at
 * most. 0, or -errno where it could not be had; -EINTR: a signal of stop.h came, and the helper was killed. */
int credential_call(struct arena *a, const char *helper, const char *verb, const char *input, int *status,
		    char **text, size_t *len);
