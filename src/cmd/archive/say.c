/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "cmd/archive/archive.h"

void archive_note(const char *path, const char *why)
{
	struct err e = { 0 };
	char line[1536];

	err_set(&e, "left-out", EINVAL, "leave out %s", path);
	err_cause(&e, "%s", why);
	fprintf(stderr, "guise: %s\n", err_line(&e, line, sizeof(line)));
}

int archive_failed(struct archive *a, const char *what, struct err *e)
{
	int no = archive_errno(a);

	/* libarchive has numbers of its own beside errno's, which are negative or beyond */
	return err_set(e, "archive", no > 0 && no < 134 ? no : EIO, "%s", what),
	       err_cause(e, "%s", archive_error_string(a) ?: "no reason is known");
}
