/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>

#include "cmd/archive/archive.h"

/* One file without a name, in a filter and nothing else. The same bytes make the same: gzip would note the time. */
static int open_out(struct archive *out, const char *filter, struct err *e)
{
	if (archive_write_add_filter_by_name(out, filter) != ARCHIVE_OK ||
	    archive_write_set_format_raw(out) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(out, 1) != ARCHIVE_OK)
		return archive_failed(out, "compress a layer", e);
	/* zstd has none */
	archive_write_set_filter_option(out, "gzip", "timestamp", NULL);
	return archive_write_open_fd(out, STDOUT_FILENO) == ARCHIVE_OK ?
		       0 :
		       archive_failed(out, "compress a layer", e);
}

static int write_header(struct archive *out, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	int n = ARCHIVE_FATAL;

	if (entry) {
		archive_entry_set_filetype(entry, AE_IFREG);
		n = archive_write_header(out, entry);
	}
	archive_entry_free(entry);
	return n == ARCHIVE_OK ? 0 : archive_failed(out, "compress a layer", e);
}

static int copy(struct archive *out, struct err *e)
{
	static char block[64 * 1024];
	ssize_t n;

	while ((n = read(STDIN_FILENO, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, "copy-read", errno, "read a layer");
		if (archive_write_data(out, block, (size_t)n) != n)
			return archive_failed(out, "write a compressed layer", e);
	}
	return archive_write_close(out) == ARCHIVE_OK ? 0 :
							archive_failed(out, "write a compressed layer", e);
}

int press(const char *filter, struct err *e)
{
	struct archive *out = archive_write_new();
	int r = out ? open_out(out, filter, e) : err_set(e, "archive", ENOMEM, "compress a layer");

	if (r == 0)
		r = write_header(out, e);
	if (r == 0)
		r = copy(out, e);
	archive_write_free(out);
	return r;
}
