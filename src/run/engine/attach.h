/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/start/watch.h"
#include "spec/keys.h"
#include "state/state.h"

/*
 * attach: another guise before a detached container.
 *
 * What the command prints is in its log, byte by byte, and is followed there. So any number may be
 * attached, and none of them can hold up the container. What it reads comes from a terminal or a pipe
 * whose other end its monitor has. That descriptor the monitor hands to who connects to the socket
 * `attach` in the container's directory: it is there for containers with --interactive. The directory is
 * its owner's alone.
 */

/* ---- in the monitor: attach_offer.c ---- */

struct attach_offer {
	int listener;
	const struct watch *watch; /* its terminal, once there is one; */
	int pipe;                  /* else what leads to the command's 0 */
};

#define ATTACH_NONE                                                                                          \
	{                                                                                                    \
		.listener = -1, .pipe = -1                                                                   \
	}

/* Make the socket, and let the watch listen there. o->pipe is given. -errno "attach". */
int attach_offer(struct attach_offer *o, const struct container *c, struct watch *w, struct err *e);

/* The container has ended. */
void attach_withdraw(struct attach_offer *o, const struct container *c);

/* ---- in the guise that attaches: attach.c ---- */

struct attach_spec {
	const char *container;
	bool no_stdin;    /* what is typed is not for the container */
	bool no_proxy;    /* nor are guise's signals */
	struct keys keys; /* that let go of it */
};

/* Until the container has ended: *status is its exit status; or until the keys were typed: 0. -ESRCH
 * "not-running", -EBUSY "container-paused", -ENOENT "no-log" where nothing is kept of what it prints. */
int attach_container(struct state *st, struct arena *a, struct attach_spec *x, int *status, struct err *e);
