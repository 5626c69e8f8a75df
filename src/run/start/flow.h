/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct log;

/*
 * Bytes on their way from one descriptor to another, or into a log. Neither end is ever waited for. What was
 * read and cannot be written yet stays in a buffer; until that is empty nothing more is read, so the writer
 * waits, as at a pipe.
 *
 * guise shares its own 0, 1 and 2 with others: if it made them non-blocking, its caller would have them so,
 * too. So pipes and terminals are opened anew for that.
 */
enum { FLOW_ROOM = 16384 };

struct flow {               /* its two descriptors are its own */
	int from;           /* -1: not there, or at its end */
	int to;             /* -1: not there, or nobody reads: what comes is lost */
	struct log *log;    /* instead of `to`; NULL: none */
	const char *stream; /* as what it is logged: "stdout" */
	bool from_socket, to_socket;
	bool may_wait;     /* `to` could not be opened anew: another user's, perhaps */
	char *buf;         /* FLOW_ROOM */
	size_t start, end; /* what of it is to be written */
	size_t left;       /* flow_drain(): how much is still to be read */
};

#define FLOW_NONE                                                                                            \
	{                                                                                                    \
		.from = -1, .to = -1                                                                         \
	}

/* One end is guise's own descriptor `fd`, opened anew where that helps. */
void flow_from_own(struct flow *f, int fd);
void flow_to_own(struct flow *f, int fd);

/* What to wait for: `from`, or `to`. Both entries are filled. */
void flow_poll(const struct flow *f, struct pollfd p[2]);

/* Carry what there is, after poll(2) has said so. */
void flow_move(struct flow *f, const struct pollfd p[2]);

/* Take what was typed or written by us as if it had been read. The buffer must be empty. */
void flow_put(struct flow *f, const char *data, size_t len);

/* The process behind `from` has ended: from now on read only what it left there. Others may hold it open, and
 * go on writing. */
void flow_last(struct flow *f);

/* Carry the rest. wait: until all is written, however long that takes; else what can be written at once. */
void flow_drain(struct flow *f, bool wait);

void flow_close(struct flow *f);
