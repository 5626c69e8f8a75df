/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "run/start/launch.h"
#include "run/start/watch.h"

/* A command in the foreground: guise's own signals, streams and terminal are its. */

/* Can it be? -ENOTTY "not-a-terminal" for --interactive --tty without a terminal, as in docker: what is
 * typed would be read as a file, and what it says as keys. */
int foreground_check(bool interactive, bool tty, struct err *e);

/* Before launch(): take the signals, and choose the command's 0: guise's, or /dev/null without
 * interactive. */
int foreground_open(struct watch *w, struct stdio *io, bool interactive, bool tty, struct err *e);

/* Then: pipes in the place of a terminal of guise's. Whoever has that at 1 or 2 could read what is typed
 * there, and whoever has it at 0 more than read. */
int foreground_shield(struct watch *w, struct stdio *io, bool tty, struct err *e);

/* After it, before watch_run(), with w->pidfd: guise's signals are the command's, and its terminal is only
 * carried to the command's from here on. */
void foreground_attach(struct watch *w);

/* Behind watch_end(): a word on how it ended, where guise had a part in that. */
void foreground_tell(const struct watch *w);

/* Behind watch_run(): did it end as who makes a system call that its filter kills for? Then why says so, for
 * a person who would find no other trace of it. */
bool foreground_filtered(const struct plan *p, int status, struct err *why);

/* The same, said on standard error: behind watch_end(). */
void foreground_tell_filtered(const struct plan *p, int status);
