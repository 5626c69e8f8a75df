/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/step.h"
#include "plan/target.h"

/*
 * A step compared with what the kernel has: read, by its kind's own function, then one comparison for all
 * kinds, by the field table. The text names what differs, what the kernel has and what was planned:
 *
 *     nofile: soft: 50, not 100; hard: 60, not 200
 */

/* Of two steps of one kind. FOUND_UNKNOWN: what differs may have been changed by the command itself. */
enum found step_compare(const struct step *want, const struct step *have, struct str *text);

/* Read the step and compare: of t->plan, which other steps of it may have changed. text, where something
 * is added, says what the kernel has instead, or why that is not known. */
enum found step_check(const struct step *s, struct target *t, struct str *text);
