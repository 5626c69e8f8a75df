/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "base/err.h"
#include "run/state.h"

/*
 * What a detached container prints, in the format of Kubernetes' container logs (CRI), which podman and
 * containerd write too, a line for a line:
 *
 *     2026-11-23T18:04:05.000000006Z stdout F the text
 *
 * P instead of F: the line goes on in the next record.
 */

/* Append what was read from a stream ("stdout", "stderr") to the log. 0 or -errno. */
int log_append(int log, const char *stream, const char *data, size_t len);

struct log_view {
	bool follow;      /* until the container has ended */
	bool timestamps;
	long tail;        /* that many lines from the end; -1: all */
};

/* Print a container's log, its two streams to out and err. */
int log_print(struct container *c, const struct log_view *view, int out, int err_fd, struct err *e);
