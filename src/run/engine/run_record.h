/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "state/state.h"

/* What the record says of a container before its plan is applied: what it shall be, as far as others ask, and the plan. All
 * of it belongs to the others, and to the plan's arena. */
void run_record(struct record *r, const struct container *c, const struct spec *s, const struct facts *f,
		const struct plan *p);
