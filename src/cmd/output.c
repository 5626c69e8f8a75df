/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/output.h"

#include <errno.h>
#include <stdio.h>

int output_end(struct err *e)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno)
		return err_set(e, "output", errno, "print to standard output");
	/* an earlier write failed, whose errno nobody kept */
	return err_set(e, "output", EIO, "print to standard output"),
	       err_cause(e, "not all of it could be written");
}
