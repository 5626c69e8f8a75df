/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* STEP_PORTS: the rules that published ports share, and the network's part of them: net/ports.h */
struct step_ports {
	const char *bridge;
	struct strv subnets;
	const char *mark; /* what its elements are known by as ours: net/bridge.h */
	const char *network;
};

/* STEP_LOCALNET: packets of 127.0.0.0/8 may pass the bridge */
struct step_localnet {
	const char *bridge;
	const char *network;
};
