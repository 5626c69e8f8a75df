/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "run/launch.h"
#include "run/watch.h"

/* A command in the foreground: guise's own signals, streams and terminal are its. */

/* Can it be? -ENOTTY "not-a-terminal" for --interactive --tty without a terminal, as in docker: what is
 * typed would be read as a file, and what it says as keys. */
int foreground_check(bool interactive, bool tty, struct err *e);

/* Before launch(): take the signals, and choose the command's 0: guise's, or /dev/null without interactive. */
int foreground_open(struct watch *w, struct stdio *io, bool interactive, bool tty, struct err *e);

/* After it, before watch_run(): guise's terminal is only carried to the command's from here on. */
void foreground_attach(const struct watch *w);
