/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * How fast a link sends: a token bucket (tc-tbf(8)) as its queue. What comes faster waits, and what finds no room to wait in
 * is dropped. It goes with its link. Source: net/sched/sch_tbf.c; TCA_TBF_BURST and TCA_TBF_RATE64: Linux 3.13.
 */
struct shape {
	uint64_t rate;  /* bytes per second */
	uint32_t burst; /* bytes that may go at once */
	uint32_t limit; /* bytes that may wait */
};

/* For batches: the link's queue is that, whatever it was. name is for the error. */
void shape_put(struct netlink_batch *b, int index, const char *name, const struct shape *shape);

/* What the link has: burst as the kernel rounds it. -ENOENT: another queue, or none. */
int shape_get(struct netlink *nl, int index, const char *name, struct shape *shape, struct err *e);
