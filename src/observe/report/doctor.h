/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/findings/finding.h"

/* What guise doctor prints. */

/* For a person: each finding with its evidence, what is noticed of it, and what mends it. */
void doctor_text(const struct findings *f, struct str *out);

/* For a program: a list of objects. */
void doctor_json(const struct findings *f, struct str *out);

/* The lines of a repair, or of the way back from it (the last step first), each with `indent` before it. */
void doctor_lines(const struct plan *p, bool undo, const char *indent, struct str *out);

/* The last line: "healthy", or how many faults there are. */
void doctor_sum(const struct findings *f, struct str *out);

unsigned doctor_faults(const struct findings *f);
