/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Why the kernel throws a packet away, in its own words: the tracepoint skb:kfree_skb, whose reasons are in
 * include/net/dropreason-core.h (Linux 5.17).
 *
 * What a tracepoint's number and fields are, is read in tracefs: where that is mounted, else in a mount of our own that is
 * attached nowhere. The events come by perf_event_open(2), and only of what the kernel does in the time of the task that
 * asked: what it sends is received at other ends of cables in that time, too, unless the kernel has so much to do that it
 * leaves it to ksoftirqd. So nothing in tracefs is changed, others' packets are not seen, and all is gone with the
 * descriptor.
 */
struct skb_drops {
	int fd;
	uint8_t *ring; /* a page of struct perf_event_mmap_page, and the events behind it */
	const char *format;
	size_t reason_at, protocol_at; /* in an event's data */
};

#define SKB_DROPS_CLOSED                                                                                     \
	(struct skb_drops)                                                                                   \
	{                                                                                                    \
		.fd = -1                                                                                     \
	}

/* Of the task that calls. 0; or -errno, "drop-reason": a kernel that has none, tracefs or events out of reach. */
int skb_drops_start(struct skb_drops *d, struct arena *a, struct err *e);
void skb_drops_stop(struct skb_drops *d);

/* What has come by now, for each its reason, "NETFILTER_DROP", in the arena; only IP of both families, and ARP. */
typedef void skb_drop_fn(const char *reason, void *arg);
void skb_drops_read(struct skb_drops *d, struct arena *a, skb_drop_fn *fn, void *arg);

/* ---- for tests ---- */

/* Where a field begins in an event, by the text of its format; -1: it has none. */
long skb_drop_field(const char *format, const char *name);

/* The word for a reason in that text; NULL: it has none. */
const char *skb_drop_word(const char *format, uint32_t reason, struct arena *a);
