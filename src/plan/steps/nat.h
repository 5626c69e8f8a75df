/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_NAT */
struct step_nat {
	const char *bridge, *subnet;
	const char *mark; /* what its rules are known by as ours: net/bridge.h */
	const char *network;
};

/* STEP_FORWARD */
struct step_forward {
	const char *name, *value; /* "net/ipv4/ip_forward" */
	const char *mark, *network;
};
