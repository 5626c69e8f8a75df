/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* guise's own terminal, while a container's is carried to it. */

/* Put descriptor 0, if it is a terminal, into raw mode, so that every key reaches the container; it is
 * put back at exit, also after a signal that guise takes. */
void terminal_raw(void);
void terminal_restore(void);

/* Put its keys back, so that Ctrl-C is a signal again. Output stays raw: what is still written to it comes
 * from another terminal, which has changed it already. */
void terminal_keys(void);

/* The character that tells a reader of the terminal that its input has ended. False: there is none. lines:
 * the terminal makes an end of it (ICANON); else the reader itself must, as shells do that edit their
 * line. */
bool terminal_end_of_file(int master, char *c, bool *lines);
