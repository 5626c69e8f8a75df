/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "spec/spec.h"

struct plan;

/* STEP_SCOPE */
struct step_scope {
	const char *unit, *path, *owner;
	bool user;
	struct strv properties; /* spec/oci/unit_property.h */
};

/* The plan's scope; NULL: it has none. */
const struct step_scope *plan_scope(const struct plan *p);
