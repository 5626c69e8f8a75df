/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "cmd/archive/archive.h"

/* Anything is taken as one file without a name, which the filters unpack: tar is not looked at. None of the filters is one
 * that libarchive would start a program for. */
static int open_raw(struct archive *in, struct err *e)
{
	if (archive_read_support_filter_gzip(in) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(in) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(in) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(in) != ARCHIVE_OK ||
	    archive_read_support_format_raw(in) != ARCHIVE_OK ||
	    archive_read_support_format_empty(in) != ARCHIVE_OK ||
	    archive_read_open_fd(in, STDIN_FILENO, 64 * 1024) != ARCHIVE_OK)
		return archive_failed(in, "read the archive", e);
	return 0;
}

static int copy(struct archive *in, const struct layer_limits *limits, struct err *e)
{
	static char block[64 * 1024];
	struct archive_entry *entry;
	int n = archive_read_next_header(in, &entry), r = 0;
	la_ssize_t len;

	if (n == ARCHIVE_EOF)
		return 0;
	if (n < ARCHIVE_WARN)
		return archive_failed(in, "read the archive", e);
	while (r == 0 && (len = archive_read_data(in, block, sizeof(block))) > 0) {
		if (limit_bytes(in, limits, e) < 0)
			return -e->no;
		r = io_write_all(STDOUT_FILENO, block, (size_t)len);
	}
	if (r < 0)
		return err_set(e, "copy-write", -r, "write the archive");
	return len < 0 ? archive_failed(in, "read the archive", e) : 0;
}

int plain(const struct side *s, struct err *e)
{
	struct archive *in = archive_read_new();
	int r = in ? open_raw(in, e) : err_set(e, "archive", ENOMEM, "read the archive");

	if (r == 0)
		r = copy(in, s->limits, e);
	archive_read_free(in);
	return r;
}
