/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "run/start/launch.h"
#include "run/start/watch.h"

/* A command in the foreground: it has guise's own signals, streams and terminal. */

/* Can it be? -ENOTTY "not-a-terminal" for --interactive --tty without a terminal, as in docker: what is in a
 * file would arrive as if it was typed. */
int foreground_check(bool interactive, bool tty, struct err *e);

/* Before launch(): take the signals, and choose the command's 0: guise's, or /dev/null without
 * interactive. */
int foreground_open(struct watch *w, struct stdio *io, bool interactive, bool tty, struct err *e);

/* Then: put pipes in the place of guise's terminal. Whoever has a terminal at 1 or 2 can read what is typed
 * there; whoever has it at 0, more. */
int foreground_shield(struct watch *w, struct stdio *io, bool tty, struct err *e);

/* After launch(), before watch_run(), with w->pidfd: from here on guise's signals go to the command, and
 * guise's terminal is only carried to the command's. */
void foreground_attach(struct watch *w);

/* Behind watch_end(): a word on how it ended, where guise had a part in that. */
void foreground_tell(const struct watch *w);

/* Behind watch_run(): did it end like a process whose filter kills for a system call? Then why says so, for a
 * person who would find no other trace of it. */
bool foreground_filtered(const struct plan *p, int status, struct err *why);

/* The same, said on standard error: behind watch_end(). */
void foreground_tell_filtered(const struct plan *p, int status);
