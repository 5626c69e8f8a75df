/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/terminal.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static bool is_raw;

void terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = false;
}

void terminal_raw(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	raw = saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0 && !is_raw) {
		is_raw = true;
		atexit(terminal_restore);
	}
}

void terminal_keys(void)
{
	struct termios keys = saved;

	if (!is_raw)
		return;
	keys.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

bool terminal_end_of_file(int master, char *c, bool *lines)
{
	struct termios t;

	if (tcgetattr(master, &t) < 0)
		return false;
	*c = (char)t.c_cc[VEOF];
	*lines = t.c_lflag & ICANON;
	return *c != _POSIX_VDISABLE;
}
