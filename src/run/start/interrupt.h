/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * SIGINT, SIGTERM, SIGQUIT and SIGHUP while a command is being made: from when guise has begun to change
 * something until the command runs, and signals are its (run/start/watch.h). A file system that does not
 * answer can make both guise and the first process wait for ever there.
 *
 * The first one ends the first process, so that guise goes on with its end and undoes what was made, and
 * interrupts what guise itself waits for. A second of the same kind ends guise, as if this were not here; the
 * next command undoes what it leaves.
 *
 * The one who was called for a detached container waits for its monitor only, and hands signals on.
 */
void interrupt_begin(void);

/* Whom to send what to: the first process, SIGKILL, until the other end of `talk` is closed, since then the
 * command runs; sig 0, or then: the signal that came. pidfd -1: nobody (any more). One that has come already
 * is sent now. */
void interrupt_aim(int pidfd, int sig, int talk);

/* The end. The signal that came, 0: none. */
int interrupt_end(void);

/* What failed with e may have failed of it, and is then told as that. Returns -e->no. */
int interrupt_blame(struct err *e);
