/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/state.h"

/*
 * What a detached container prints: files in a directory of its own below the data directory, which is not
 * memory as /run is.
 *
 *     logs/ID/log        what was written last
 *     logs/ID/log.1      before that; log.2, ... the older ones
 *
 * When `log` has grown to max_size it becomes log.1, each other one the next, and the last of max_file is
 * removed. The container's own directory has a link to logs/ID. Its monitor keeps the directory locked, so
 * that nobody takes it for a leftover.
 *
 * The format is that of Kubernetes' container logs (CRI), which podman and containerd write too. A line is
 * a record, or several when it came in pieces:
 *
 *     2026-11-23T18:04:05.000000006Z stdout F the text
 *
 * P instead of F: the line goes on in the next record of that stream. So any bytes come out again as they
 * were, and a record has its length from the newline behind it, not from what is in it.
 */
enum { LOG_FILES_MAX = 100, LOG_OTHERS_MAX = 3 };

struct log {
	int dir, fd;
	int64_t size, max_size; /* of `log`; max_size -1: no limit */
	unsigned max_file;
	bool in_line[2]; /* of each stream: its last record was a piece */
};

/* Make the directory and the first file of a container's log. */
int log_create(struct log *l, struct state *st, const struct container *c, struct arena *a, int64_t max_size,
	       unsigned max_file, struct err *e);

/* Append what was read from a stream ("stdout", "stderr"). What cannot be written, on a full disk, is
 * lost. */
void log_append(struct log *l, const char *stream, const char *data, size_t len);

/* Remove the logs of containers that are not there: left by one removed by hand, or since before the
 * machine was started anew. Those that are locked belong to another state directory. */
int log_sweep(struct state *st, bool (*is_alive)(const char *id, void *arg), void *arg, struct err *e);

/* ---- log_print.c ---- */

struct log_view {
	bool follow;   /* until the container has ended */
	bool from_now; /* what is there already is not printed */
	bool timestamps;
	long tail;            /* that many lines from the end; -1: all */
	int64_t since, until; /* of lines that began then; nanoseconds since 1970; 0: no bound */
	bool lost;            /* told: files were removed before they had been read */
	/* follow: what else is waited for meanwhile, LOG_OTHERS_MAX at most. hear() is called whenever one
	 * of them is ready; false: that was enough. */
	struct pollfd *others;
	size_t n_others;
	bool (*hear)(void *arg);
	void *arg;
};

/* Print a container's log, its two streams to out and err. */
int log_print(struct container *c, struct log_view *view, int out, int err_fd, struct err *e);
