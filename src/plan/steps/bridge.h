/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "spec/spec.h"

/* STEP_BRIDGE */
struct step_bridge {
	const char *name;
	struct strv addresses; /* one of each subnet: "10.10.0.1/24" */
	const char *mark;      /* what it is known by as ours: net/bridge.h */
	const char *network;
	bool promiscuous; /* it takes every frame */
	bool filters;     /* it keeps VLANs apart; other networks may be on it, too */
	uint64_t mtu;     /* 0: the kernel's */
};

/* STEP_VLAN */
struct step_vlan {
	const char *name, *bridge;
	struct strv addresses; /* of the gateway */
	const char *mark;      /* what it is known by as ours: net/bridge.h */
	const char *network;
	uint64_t id;
};
