/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/archive/layer.h"

enum { BLOCK = 64 * 1024 };

/* libarchive reads twice: what is in the compression, as one raw file, and, from that, tar. */
struct layer_stream {
	struct archive *raw, *tar;
	EVP_MD_CTX *digest;
	uint64_t bytes;
	const struct layer_limits *limits;
	struct err why; /* it ended early, which libarchive can't say */
	char block[BLOCK];
};

/* The next bytes, 0 at the end, or -1. */
static ssize_t next(struct layer_stream *l)
{
	ssize_t n = archive_read_data(l->raw, l->block, sizeof(l->block));

	if (n < 0 && !l->why.no)
		archive_failed(l->raw, "decompress the layer", &l->why);
	if (n <= 0)
		return n < 0 ? -1 : 0;
	if (!EVP_DigestUpdate(l->digest, l->block, (size_t)n))
		return err_set(&l->why, "layer-digest", EIO, "digest the layer"), -1;
	l->bytes += (uint64_t)n;
	return limit_bytes(l->raw, l->limits, &l->why) < 0 ? -1 : n;
}

static la_ssize_t read_block(struct archive *a, void *arg, const void **data)
{
	struct layer_stream *l = arg;
	ssize_t n = next(l);

	*data = l->block;
	if (n < 0)
		archive_set_error(a, l->why.no, "%s", l->why.what);
	return n < 0 ? ARCHIVE_FATAL : n;
}

static int open_raw(struct layer_stream *l, struct err *e)
{
	struct archive_entry *entry;

	archive_read_support_format_raw(l->raw);
	archive_read_support_format_empty(l->raw);
	/* of filters those that start no program */
	archive_read_support_filter_gzip(l->raw);
	archive_read_support_filter_bzip2(l->raw);
	archive_read_support_filter_xz(l->raw);
	archive_read_support_filter_zstd(l->raw);
	if (archive_read_open_fd(l->raw, STDIN_FILENO, BLOCK) != ARCHIVE_OK ||
	    archive_read_next_header(l->raw, &entry) < ARCHIVE_WARN)
		return archive_failed(l->raw, "decompress the layer", e);
	return 0;
}

static int open_tar(struct layer_stream *l, struct err *e)
{
	archive_read_support_format_tar(l->tar);
	archive_read_support_format_empty(l->tar);
	if (archive_read_open(l->tar, l, NULL, read_block, NULL) != ARCHIVE_OK)
		return archive_failed(l->tar, "read the layer", e);
	return 0;
}

int layer_stream_open(struct layer_stream **stream, const char *diff_id, const struct layer_limits *limits,
		      struct archive **tar, struct err *e)
{
	const EVP_MD *kind = str_after(diff_id, "sha512:") ? EVP_sha512() : EVP_sha256();
	struct layer_stream *l = calloc(1, sizeof(*l));
	int r;

	*stream = l;
	if (!l || !(l->raw = archive_read_new()) || !(l->tar = archive_read_new()) ||
	    !(l->digest = EVP_MD_CTX_new()) || !EVP_DigestInit_ex(l->digest, kind, NULL))
		return err_set(e, "archive", ENOMEM, "read a layer");
	l->limits = limits;
	*tar = l->tar;
	r = open_raw(l, e);
	return r < 0 ? r : open_tar(l, e);
}

int layer_stream_blame(struct layer_stream *l, struct err *e)
{
	return l && l->why.no ? err_take(e, &l->why) : -e->no;
}

static int compare(struct layer_stream *l, const char *diff_id, struct err *e)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1];
	unsigned len;

	if (!EVP_DigestFinal_ex(l->digest, sum, &len))
		return err_set(e, "layer-digest", EIO, "digest the layer");
	for (unsigned i = 0; i < len; i++)
		snprintf(text + i * 2, 3, "%02x", sum[i]);
	if (str_eq(strchr(diff_id, ':') + 1, text))
		return 0;
	return err_set(e, "layer-digest", EBADMSG, "unpack layer %s", diff_id),
	       err_cause(e, "what came out of it has the digest %.12s..., so it is not what the image names",
			 text);
}

int layer_stream_end(struct layer_stream *l, const char *diff_id, uint64_t *bytes, struct err *e)
{
	ssize_t n;

	while ((n = next(l)) > 0)
		;
	if (n < 0)
		return err_take(e, &l->why);
	*bytes = l->bytes;
	return compare(l, diff_id, e);
}

void layer_stream_close(struct layer_stream *l)
{
	if (!l)
		return;
	archive_read_free(l->tar);
	archive_read_free(l->raw);
	EVP_MD_CTX_free(l->digest);
	free(l);
}
