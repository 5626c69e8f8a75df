/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Give the terminal `to` the window size of the first of our descriptors 0, 1, 2 that is a terminal;
 * nothing, where none is (ioctl_tty(2)). */
void tty_take_size(int to);

/* Give the terminal that window size. */
void tty_set_size(int to, unsigned short rows, unsigned short columns);
