/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"

int pidfile_write(struct live *live, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", live->pid), r;

	if (!live->pidfile || live->pidfile_written)
		return 0;
	r = io_write_file(AT_FDCWD, live->pidfile, text, (size_t)n, 0644);
	live->pidfile_written = r == 0;
	if (r < 0)
		err_set(e, "file", -r, "write the pid file %s", live->pidfile),
			err_hint_for(e, ENOENT, "make its directory first");
	return r;
}

void pidfile_take_back(struct live *live)
{
	if (live->pidfile_written)
		unlink(live->pidfile);
	live->pidfile_written = false;
}
