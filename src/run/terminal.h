/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* guise's own terminal, while a container's is carried to it. */

/* Put descriptor 0, if it is a terminal, into raw mode, so that every key reaches the container; it is
 * put back at exit, also after a signal that guise takes. */
void terminal_raw(void);
void terminal_restore(void);

/* Give the terminal `to` the size of `from`; nothing if that is no terminal. */
void terminal_copy_size(int from, int to);

/* The input is at its end: tell who reads the terminal, as its end-of-file character would. */
void terminal_end_of_file(int master);
