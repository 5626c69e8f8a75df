/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/tty.h"

#include <sys/ioctl.h>

void tty_take_size(int to)
{
	struct winsize size;

	for (int fd = 0; fd < 3; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
			ioctl(to, TIOCSWINSZ, &size);
			return;
		}
	}
}

void tty_set_size(int to, unsigned short rows, unsigned short columns)
{
	ioctl(to, TIOCSWINSZ, &(struct winsize){ .ws_row = rows, .ws_col = columns });
}
