/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/str.h"

/* How long each phase of a command took (--timing). NULL instead of a struct timing: nobody asked. */
enum { TIMING_MAX = 24 };
struct timing {
	unsigned n;
	struct {
		const char *name; /* literal */
		int64_t at;       /* nanoseconds, CLOCK_MONOTONIC */
	} mark[TIMING_MAX];
};

/* The phase `name` has ended; the first mark is where time starts to count. */
void timing_mark(struct timing *t, const char *name);

/* A line for each phase: "  0.123 ms  plan", and one for all. */
void timing_print(const struct timing *t, struct str *out);
