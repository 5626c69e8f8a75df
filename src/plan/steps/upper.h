/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_UPPER: the container's link upon one of the host's */
struct step_upper {
	const char *name;   /* "eth0" */
	const char *driver; /* "macvlan", "ipvlan" */
	const char *mode, *parent;
	const char *mac; /* its own, or its parent's, as the mode has it (spec/driver.h) */
	const char *network;
	uint64_t mtu; /* 0: the parent's */
};

/* The next one, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_upper *plan_next_upper(const struct plan *p, size_t *at);
