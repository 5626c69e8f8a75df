/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"
#include "state/state.h"

/* Run a container from its spec: make, start and, in the foreground, look after it until its end.
 * *status is the command's exit status; detached it is 0, and the id is printed. */
int run_container(struct state *st, struct arena *a, struct spec *s, int *status, struct err *e);

/* Print what run_container() would do, as a shell script or as JSON. Changes nothing. */
int run_print(struct state *st, struct arena *a, struct spec *s, bool json, struct str *out, struct err *e);
