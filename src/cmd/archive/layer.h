/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/archive/archive.h"
#include "image/layer_report.h"

/*
 * A layer of an image → files, onto the layers below it (OCI image specification, layer.md).
 *
 * Theory of operation. Standard input is what the registry has, compressed or not. ARCHIVE_ROOT is an overlay of the layers
 * below with an empty directory above them, or for the first one that directory alone; nobody else sees either. So a
 * directory that the layer does not have itself keeps the owner and mode that it has below, and what a whiteout hides is
 * simply removed: the kernel notes that in its own way. ARCHIVE_UPPER is that empty directory, by which one knows what of a
 * directory came with this layer, for whiteouts hide only what is below.
 *
 * What is unpacked is counted, and refused beyond the limits: a few kilobytes can be made to fill any disk.
 */
enum { ARCHIVE_UPPER = ARCHIVE_PROCESS };

/* -EBADMSG "layer-digest" where what was unpacked is not diff_id (spec/image/digest.h): then nothing of it is to be kept.
 * -EFBIG "layer-large" beyond a limit. */
int unpack_layer(struct side *s, const char *diff_id, const struct layer_limits *limits,
		 struct layer_report *report, struct err *e);

/* ---- layer_stream.c: what is decompressed, counted and digested while tar is read of it ---- */

struct layer_stream;

/* The stream as an archive to read entries of, which stays the stream's. */
int layer_stream_open(struct layer_stream **stream, const char *diff_id, const struct layer_limits *limits,
		      struct archive **tar, struct err *e);
/* What is behind the last entry, too; then whether it was what it had to be. */
int layer_stream_end(struct layer_stream *stream, const char *diff_id, uint64_t *bytes, struct err *e);
/* Something has failed: if it was for the stream's own reason, e is that. */
int layer_stream_blame(struct layer_stream *stream, struct err *e);
void layer_stream_close(struct layer_stream *stream);
