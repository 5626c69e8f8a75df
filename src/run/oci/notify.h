/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "run/oci/making.h"

/*
 * sd_notify(3) out of a container, as runc does it. With NOTIFY_SOCKET in guise-oci's environment:
 *
 *     create, run    bind notify/ of the container's directory at /run/notify; the command gets
 *                    NOTIFY_SOCKET=/run/notify/notify.sock
 *     start, run     make that socket, and pass on what comes: run in the foreground as long as the command
 *                    runs, the others until it is ready (with its pid as MAINPID) or has ended
 *
 * Between create and start nobody listens, so start has to be told NOTIFY_SOCKET too. Only the words of a
 * service about itself are passed on: a container is hostile, and shall neither name another's pid nor hand
 * descriptors to the manager.
 */
/* The container gets the mount and the variable. Before the plan is built. */
void notify_wish(struct making *m, const char *state, struct arena *a);

/* Make the directory, before the container's first process is made. */
int notify_prepare(const struct making *m, struct err *e);

/* Make the socket. Does nothing where host is NULL, or create prepared nothing. */
int notify_listen(struct notify *n, const struct oci_container *o, const char *host, struct err *e);

/* Pass on one message. `n` is a struct notify. */
void notify_relay(void *n);

/* Pass on until READY=1, or the end of the process. */
void notify_await(struct notify *n, int pidfd);
