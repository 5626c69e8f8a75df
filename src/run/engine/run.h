/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"
#include "run/engine/control.h"
#include "state/state.h"

/* How a container was asked for: its spec, and what start makes the same spec of (cmd/engine/again.h). */
struct run_wish {
	struct spec *spec;
	struct strv argv; /* of guise run, or create */
	const char *cwd;  /* where that was */
	int *image; /* the lock of images, given back when it is recorded as a container of one; NULL: none is held */
	bool quiet; /* print no id */
};

/* Run a container from its spec: make, start and, in the foreground, look after it until its end.
 * *status is the command's exit status; detached it is 0, and the id is printed. */
int run_container(struct state *st, struct arena *a, const struct run_wish *w, int *status, struct err *e);

/* Make it only, up to its record: run_again() starts it. Prints the id. */
int run_create(struct state *st, struct arena *a, const struct run_wish *w, struct err *e);

/* Start one that has ended or was created, and that is claimed (control_claim()): a new run of it. `s` is
 * made of its record; detached or not is the caller's to say. Nothing is printed. */
int run_again(struct control *k, struct spec *s, int *status, struct err *e);

/* Print what run_container() would do, as a shell script or as JSON. Changes nothing. */
int run_print(struct state *st, struct arena *a, struct spec *s, bool json, struct str *out, struct err *e);
