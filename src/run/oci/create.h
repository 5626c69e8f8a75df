/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/hooks.h"
#include "run/oci/probe.h"
#include "state/oci_container.h"

/*
 * create and run (runtime.md, "Lifecycle"). Both make the container from its bundle; with create its first
 * process then waits for start. Whatever fails is undone: nothing of the container is left.
 *
 * *status of oci_run(): the command's, as a shell has it, unless it goes on in the background.
 */
int oci_create(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_warn *warn,
	       struct timing *t, struct err *e);
int oci_run(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_warn *warn,
	    struct timing *t, int *status, struct err *e);

/* Have the user's command executed: 0, or why it could not be. poststart hooks follow. -EINVAL "not-created"
 * for a container that is not waiting. A failure stops and destroys the container (runtime.md, step 9).
 * `manager`: see run/oci/notify.h; NULL: none. */
int oci_start(struct oci_container *o, const char *manager, const struct oci_warn *warn, struct err *e);
