/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Look after a running process until it ends: forward guise's signals to it, carry its streams.
 * All descriptors are the caller's; -1: not there.
 */
struct watch {
	int pidfd;
	int signals;   /* from watch_signals() */
	int terminal;  /* master of its terminal: carried to log, or to guise's own 1 (and from 0) */
	int out, err;  /* pipes from its 1 and 2: carried to log */
	int log;       /* -1: in the foreground */
	bool stdin_too; /* -i: carry guise's 0 to the terminal */
	bool small;	/* the monitor, one of which lives beside each container: 400 KiB at most */
	void (*hear)(void *arg); /* what else is to be heard, at the descriptor `other`; NULL: nothing */
	void *arg;
	int other;
};

/* Block the signals that are forwarded, and SIGWINCH, and take them by descriptor. In every child they
 * must be unblocked again. *old is what to restore. */
int watch_signals(struct err *e);

/* Until the process has ended and its streams are empty. *code is its exit status as a shell has it: its
 * own, or 128 and the signal's number. */
int watch_run(struct watch *w, int *code, struct err *e);
