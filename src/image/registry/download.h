/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/add.h"
#include "image/registry/session.h"

/*
 * Blobs of a registry into the store, several at a time.
 *
 * Theory of operation. Each blob is written beside the store as it comes, counted and digested (image/blob.h), and what is
 * there of it can be read at once: so the first layer is unpacked while it and the next ones still come. All of that is one
 * thread: whoever waits, for bytes to read or for the unpacker to take some, drives the transfers meanwhile.
 *
 * One that is cut goes on where it was (Range), at the same place, or, when that has failed too often, at the next one: a
 * mirror need not have everything. Nothing is believed: what was put together is what the digest says, or is dropped, and all of
 * it is fetched anew, of the next place alone, if whoever has read of it meanwhile asks for that. Whether their failure,
 * such as one of unpacking, is due to what came says its digest: so the rest is awaited, where there is another place.
 */
enum { DOWNLOADS_AT_ONCE = 4 };

struct download {
	const struct descriptor *blob;
	uint64_t have; /* bytes of it so far */
	enum { DOWNLOAD_WAITS, DOWNLOAD_RUNS, DOWNLOAD_DONE, DOWNLOAD_FAILED } state;
	/* the rest is download.c's */
	struct blob_writer *writer;
	struct http_transfer *transfer;
	struct attempt attempt;
	size_t place;      /* which session is asked */
	size_t began;      /* which has sent the first byte */
	bool first;        /* nothing has come of this transfer yet */
	uint64_t skip;     /* bytes that we have, and that are sent once more */
	uint64_t progress; /* what there was when the tries were counted anew */
	int reader;        /* -1: none yet */
	bool lent;         /* which is the caller's */
	struct err err;
	struct err why; /* it was to be fetched anew, the first time */
};

struct downloads {
	struct arena *arena;
	int images;
	struct http *http;
	struct session *places; /* where to ask, in order: those not opened yet have no server */
	size_t n_places, place; /* the first that is asked */
	/* as something comes, but not more often than ten times a second; NULL: nobody wants to know */
	void (*tick)(void *arg, struct downloads *d);
	void *tick_arg;
	/* downloads.c's */
	struct download **v;
	size_t n;
	uint64_t ticked;
};

/* What image_add() takes. The downloads are the caller's, and ended with downloads_end(). */
struct image_origin downloads_origin(struct downloads *d);

/* Drops what is not whole. */
void downloads_end(struct downloads *d);
