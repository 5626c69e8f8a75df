/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "run/oci/hooks.h"

/* Tell what is done to whoever wants to know (warn->debug). */
[[gnu::format(printf, 3, 4)]] void oci_trace(struct arena *a, const struct oci_warn *warn, const char *fmt,
					     ...);

/* Each step of a plan, before the first is taken, as the shell commands of explain. Hooks and the command are
 * told by their name alone: environments hold secrets, and many read logs. */
void oci_trace_plan(const struct oci_warn *warn, const struct plan *p);
