/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "plan/target.h"

/*
 * Reading: what the kernel has of a process, as steps. With a step of a plan it is the ground of explain
 * --check (plan/compare.h). Without a plan it is the explanation of a process that guise did not start:
 * each kind lists what any process may have of it, and each of these is read.
 */

/* What the kernel has of one step that is found by its keys; *have is filled in the arena of t. enum
 * reading, with text as step_ops.read says, or -errno. */
int step_read(const struct step *want, struct target *t, struct step *have, struct str *text);

/* For a kind that any process has once: its list. */
void step_list_one(enum step_kind kind, struct target *t, struct plan *out);

/* Read all kinds that can be found without a plan, and append them to out, in the order of the kinds. What
 * could not be read gets a line in unread, "hostname: why". */
void plan_read(struct target *t, struct plan *out, struct str *unread);
