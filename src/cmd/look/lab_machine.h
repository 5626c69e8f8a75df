/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/look/lab_run.h"
#include "cmd/opt.h"
#include "run/engine/control.h"

/*
 * The machine of an exercise: two containers and a cable between them.
 *
 *     NAME          privileged, with the machine's files below a layer in memory; all namespaces its own, and cgroups of
 *                   every kind to write in. Here people work. eth0, 203.0.113.2/24, leads to
 *     NAME-outside  the rest of the world: 203.0.113.1 and 198.51.100.10, which answer ping and HTTP, and know no private
 *                   address
 *
 * Both end with guise lab stop, and with them all that was made in them.
 */

/* Make the machine and set it up for l. Nothing is left if that fails. -EEXIST "lab-runs". */
int lab_machine_start(struct call *call, struct state *st, const struct labs *labs, const struct lab *l,
		      const char *name, bool is_random, struct err *e);

/* The one that runs under this name: -ENOENT "no-lab-runs". Closed by control_close(k), also on failure. */
int lab_machine_open(struct call *call, struct state *st, const char *name, struct control *k,
		     struct lab_run *run, struct err *e);

/* The outside's network namespace: a descriptor, the caller's, or -1. */
int lab_machine_outside(struct call *call, struct state *st, const char *name);

/* Take both away. That they are not there is no error. */
int lab_machine_stop(struct call *call, struct state *st, const char *name, struct err *e);

/* The programs of the host that exercises need. -ENOENT "lab-tools", with the packages. */
int lab_machine_tools(struct arena *a, struct err *e);
