/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/step.h"
#include "plan/target.h"

struct json_object;

/* A plan: the steps in the order they are taken. The order within a side is the array's; HOST and INIT
 * each walk over the whole and take their own. */
struct plan {
	struct arena *arena;
	struct step *steps;
	size_t count;
};

/* Append a step of that kind, to be filled in. The pointer is good until the next plan_add(). */
struct step *plan_add(struct plan *p, enum step_kind kind, const char *note);

/* Append the same step as another plan's. */
struct step *plan_copy(struct plan *p, const struct step *s);

/* The last step of that kind, or NULL. Only steps and builders name a kind: what others ask for has a
 * function in the header of the step, such as plan_process(). */
const struct step *plan_last(const struct plan *p, enum step_kind kind);

/* The next step of that kind, from the one at *at on, which is moved behind it; NULL: no more. */
const struct step *plan_next(const struct plan *p, enum step_kind kind, size_t *at);

/* ---- apply.c ---- */

enum plan_phase {
	PHASE_BEFORE, /* HOST, up to STEP_PROCESS */
	PHASE_AFTER,  /* HOST, behind it */
	PHASE_INIT,   /* INIT */
};

/* Apply the steps of a phase in order; stops at the first that fails. Nothing is undone. */
int plan_apply(const struct plan *p, enum plan_phase phase, struct live *live, struct err *e);

/* Undo all steps, backwards, applied or not. Goes on after a failure and returns the first. */
int plan_undo(const struct plan *p, struct live *live, struct err *e);

/* ---- record.c ---- */

/* The plan as JSON, one step a line: for the state directory and for programs. */
void plan_to_json(const struct plan *p, struct str *out);

/* Read it back. Unknown kinds and fields are passed over: an older or newer guise wrote them. What is of
 * another type is -EBADMSG "record-bad". */
int plan_from_json(struct plan *p, struct json_object *list, struct err *e);

/* Has it what launching and exec count on? A process; and the command, if there is one, is of one word at
 * least and the last step. Else -EBADMSG "record-bad". */
int plan_check_whole(const struct plan *p, struct err *e);

/* ---- script.c ---- */

/* The plan as a shell script that makes an equal container (run --dry-run). */
void plan_script(const struct plan *p, const char *name, struct str *out);

/* ---- explain.c ---- */

/* What was done for a container that runs (t->pid) or ran (0), with what the lines stand for now: its
 * pid for $pid, and nsenter before what its first process did in a namespace of its own. check: ask the
 * kernel, too, whether each step still holds. Both return how many steps were found not to hold. */
unsigned plan_explain(const struct plan *p, struct target *t, bool check, struct str *out);
unsigned plan_explain_json(const struct plan *p, struct target *t, bool check, struct str *out);
