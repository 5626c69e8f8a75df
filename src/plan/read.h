/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "plan/target.h"

/* Reading: what the kernel has of a process, as a step: the ground of explain --check (plan/compare.h). */

/* What the kernel has of one step that is found by its keys; *have is filled in the arena of t. enum
 * reading, with text as step_ops.read says, or -errno. */
int step_read(const struct step *want, struct target *t, struct step *have, struct str *text);
