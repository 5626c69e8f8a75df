/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * SIGINT, SIGTERM, SIGQUIT and SIGHUP while a command is being made: from when guise begins to change
 * something until the command runs and signals go to it (run/start/watch.h). In that time a file system that
 * does not answer can make both guise and the first process wait for ever.
 *
 * The first signal kills the first process and interrupts what guise itself waits for: so guise goes on to
 * its end, and undoes what was made. A second of the same kind ends guise, as if this were not here; the next
 * command undoes what it leaves.
 *
 * For a detached container, the guise that was called waits for its monitor only, and hands signals on.
 */
void interrupt_begin(void);

/* Whom to send what: pidfd, the first process, gets `sig` (SIGKILL) until the other end of `talk` is closed:
 * then the command runs. From then on, or with sig 0, it gets the signal that came. pidfd -1: nobody (any
 * more). A signal that has come already is sent now. */
void interrupt_aim(int pidfd, int sig, int talk);

/* The end. The signal that came, 0: none. */
int interrupt_end(void);

/* What failed with e may have failed because of the signal: then e says so. Returns -e->no. */
int interrupt_blame(struct err *e);
