/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "observe/findings/finding.h"
#include "state/state.h"

/*
 * guise doctor --fix and --undo. What is done is a plan, of the repairs of all faults that have one. It is recorded whole
 * in the state directory, doctor/N.json, before its first step, so that it can be taken back, also after a kill -9.
 */
struct mend {
	struct call *call;
	struct state st;
	bool yes;
	unsigned number;  /* of the record; 0: none yet */
	struct plan plan; /* all that was done so far */
};

int mend_begin(struct call *call, bool yes, struct mend *m, struct err *e);
void mend_end(struct mend *m);

/* Show the repairs, ask, and apply them. *more: something was done, that is to be looked at. */
int mend(struct mend *m, const struct findings *f, bool *more, struct err *e);

/* Take back the last one that is recorded, and its record. */
int mend_undo(struct call *call, struct err *e);
