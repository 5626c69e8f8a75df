/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/build.h"

/*
 * What waits: that of 50 milliseconds, so that nobody waits longer than on a bad line, but a full packet of TCP in any case
 * (64 KiB, which the kernel cuts up later). At once may go that of 10 milliseconds, and as much at least: else such a packet would be
 * cut up here, which costs more.
 */
enum { WAIT_MS = 50, BURST_MS = 10, WHOLE = 65536, BURST_MAX = 64 << 20, HEADER = 18, USUAL_MTU = 1500 };

static uint64_t at_least(uint64_t n, uint64_t least)
{
	return n < least ? least : n;
}

/* burst: bits that were asked for, 0: none. A smaller one than a packet would let nothing pass. */
static uint64_t burst_of(const struct network_fact *n, uint64_t rate, uint64_t burst)
{
	uint64_t packet = (n->mtu ? n->mtu : USUAL_MTU) + HEADER;
	uint64_t bytes = burst ? at_least(burst / 8, packet) : at_least(rate / 8 * BURST_MS / 1000, WHOLE);

	return bytes > BURST_MAX ? BURST_MAX : bytes;
}

static struct step_shape shape_of(const struct network_fact *n, const char *link, uint64_t rate,
				  uint64_t burst)
{
	struct step_shape s = {
		.link = link, .network = n->dir, .rate = rate, .burst = burst_of(n, rate, burst)
	};
	uint64_t wait = at_least(rate / 8 * WAIT_MS / 1000, WHOLE);

	s.limit = s.burst + wait > UINT32_MAX ? UINT32_MAX : s.burst + wait;
	return s;
}

void build_shape(struct plan *p, const struct network_fact *n)
{
	if (n->bandwidth.in)
		plan_add(p, STEP_SHAPE, "what comes to the container comes no faster")->shape =
			shape_of(n, n->cable, n->bandwidth.in, n->bandwidth.in_burst);
}

void build_shape_inside(struct plan *p, const struct network_fact *n)
{
	if (n->bandwidth.out)
		plan_add(p, STEP_SHAPE_INSIDE, "and what leaves it leaves no faster")->shape =
			shape_of(n, n->link, n->bandwidth.out, n->bandwidth.out_burst);
}
