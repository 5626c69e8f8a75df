/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct plan;

/* STEP_VETH: mac, address and mtu are the peer's */
struct step_veth {
	const char *name, *peer, *bridge, *mac, *address;
	uint64_t mtu;
};

/* STEP_ADDRESS */
struct step_address {
	const char *link, *address, *gateway; /* "10.10.0.2/24", "10.10.0.1" */
};

/* The next cable, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_veth *plan_next_veth(const struct plan *p, size_t *at);

/* The plan's address; NULL: it has none. */
const struct step_address *plan_address(const struct plan *p);
