/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_FORWARD */
struct step_forward {
	const char *name, *value; /* "net/ipv4/ip_forward" */
	const char *mark, *network;
};
