/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* STEP_NAT */
struct step_nat {
	const char *bridge;
	struct strv subnets;
	const char *mark; /* what its elements are known by as ours: net/bridge.h */
	const char *network;
	bool internal; /* nothing leaves it */
	bool open;     /* other networks that are open reach it */
	bool routed;   /* everybody reaches it who has a route */
};
