/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* STEP_DNS_SERVER: a process that answers for the names of a network */
struct step_dns_server {
	const char *bridge;
	struct strv addresses; /* of the bridge, at which it answers: "10.20.0.1/24" */
	struct strv forwards;  /* who is asked what it does not know; none: nobody */
	const char *network;
	const char *where; /* the network's directory, for a person; "": it has none that is to be written */
};
