/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct plan;
struct target;

/* STEP_LEASE */
struct step_lease {
	const char *network, *address;
};

/* Has the container an address in that network still? It gives them back before anything of the network goes. */
bool plan_has_lease(const struct plan *p, const char *network, struct target *t);
