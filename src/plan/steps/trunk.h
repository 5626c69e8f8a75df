/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

struct plan;

/* STEP_TRUNK: both ends are here */
struct step_trunk {
	const char *name, *bridge;  /* the end on the network's first bridge */
	const char *peer, *further; /* and that on the further one */
	const char *mark;	    /* of the further one */
	const char *network;
	uint64_t mtu; /* 0: the kernel's */
};

/* The network's further bridge that the plan's container is on; NULL: it is on the first. */
const char *plan_further(const struct plan *p, const char *network);
