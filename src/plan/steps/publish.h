/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "spec/spec.h"

/* STEP_PUBLISH: so many ports of the host in a row lead to the container's */
struct step_publish {
	const char *at; /* the address of the host; "": all of the family of `to` */
	uint64_t first, count;
	uint64_t proto; /* IPPROTO_* */
	const char *to; /* the container's address */
	uint64_t target;
	const char *mark; /* what its elements are known by as ours: net/ports.h */
	/* "": STEP_PASTA tells pasta of it; there is no element then, and `to` says the family only */
	const char *network;
};

struct plan;

/* The next ports that a plan publishes, from the step at *at on, which is moved behind them; NULL: no more. */
const struct step_publish *plan_next_publish(const struct plan *p, size_t *at);

/* Their address on the host, as a person reads it: "0.0.0.0", "::", or the one that it is. */
const char *publish_address(const struct step_publish *s);
