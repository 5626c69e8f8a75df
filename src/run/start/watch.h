/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "run/start/flow.h"

/*
 * Look after a running process until it ends: forward guise's signals to it, carry its streams. One loop
 * waits for all of that and for nothing else. So neither a reader who does not read can hold it up, nor a
 * process that goes on printing when the first one has ended.
 *
 * From watch_run() on the descriptors are the watch's, except pidfd, signals, log and other; -1: not there.
 */
struct watch {
	int pidfd;
	pid_t pid;       /* 0: if it ignores signals that shall end it, that is its own affair */
	int signals;     /* from watch_signals() */
	int terminal;    /* master of its terminal: carried to log, or to guise's own 1 (and from 0) */
	int in;          /* pipe to its 0: carried from guise's own 0 */
	int out, err;    /* pipes from its 1 and 2: carried to log, or to guise's own 1 and 2 */
	struct log *log; /* NULL: in the foreground, or none is kept */
	bool stdin_too;  /* -i: carry guise's 0 to the terminal */
	bool small;      /* the monitor, one of which lives beside each container: 400 KiB at most */
	void (*hear)(void *arg); /* read what comes at the descriptor `other`; NULL: nothing */
	void *arg;
	int other;

	/* ---- watch_run()'s own ---- */
	int peer;         /* the inner side of the terminal */
	bool told_end;    /* it takes each character as it is, and was told that the input is at its end */
	unsigned ignored; /* signals in a row that the process ignored */
	int gave_up;      /* the last of them: it was killed then; 0: it was not */
	int came;         /* a signal before the command ran: the process was killed for it; 0: none */
	struct flow flow[3];
};

#define WATCH_NONE                                                                                           \
	{                                                                                                    \
		.pidfd = -1, .signals = -1, .terminal = -1, .in = -1, .out = -1, .err = -1, .other = -1,     \
		.peer = -1                                                                                   \
	}

/* A descriptor for the signals that are forwarded, and SIGWINCH. These are blocked until the command runs,
 * except those that mean guise until then. Every child must unblock them again. */
int watch_signals(struct err *e);

/* From now on all of them are read there, none means guise. Returns one that came so late that it was only noted; 0: none
 * did. */
int watch_all_signals(void);

/* The command runs: from now on all of them go to it (w->signals). */
void watch_take_signals(struct watch *w);

/* Wait until the process has ended. *code is its exit status as in a shell: its own, or 128 and the signal's
 * number. What it left in its streams is carried, as far as nobody has to be waited for. */
int watch_run(struct watch *w, int *code, struct err *e);

/* Carry the rest, for as long as its readers take, and close the streams. Signals mean guise itself again. */
void watch_end(struct watch *w);
