/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/look/lab_check.h"
#include "cmd/look/lab_run.h"

/* What guise lab prints on standard output: the pages of a workbook. What a file of an exercise says can be printed as it
 * is (spec/lab.h). `name` is the machine's; NULL: it is done on the host. */

/* $GUISE_LAB, or "lab". */
const char *lab_show_default_name(void);

void lab_show_overview(struct arena *a, const struct labs *labs);
void lab_show_list(struct arena *a, const struct labs *labs, bool json);

/* is_random: it doesn't say which it is. */
void lab_show_task(struct arena *a, const struct lab *l, const char *name, bool is_random);
void lab_show_verdict(struct arena *a, const struct lab_run *run, const char *name,
		      const struct lab_verdict *v, bool json);

/* The last hint that was given, run->hints of them. */
void lab_show_hint(struct arena *a, const struct lab_run *run, const char *name);
void lab_show_solution(struct arena *a, const struct lab_run *run, const char *name, bool shell);
void lab_show_status(struct arena *a, const struct lab_run *run, const char *name, bool json);
