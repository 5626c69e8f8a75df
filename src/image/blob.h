/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/image/manifest.h"

/*
 * Blobs into the store: what strangers send is written beside, counted and digested on the way, and has its name only when
 * it is what it had to be. `images` is the directory of state/images.h.
 */
struct blob_writer;

/* Begin one of that digest and size; size UINT64_MAX: not known. The caller ends it. */
int blob_begin(int images, const char *digest, uint64_t size, struct blob_writer **w, struct err *e);

/* The next bytes. -EBADMSG "blob-digest" as soon as there are more than there may be. */
int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e);

/* How much of it there is so far; and a descriptor, the caller's, to read of it what there is, which does not move. -errno */
uint64_t blob_written(const struct blob_writer *w);
int blob_reader(const struct blob_writer *w);

/* It is whole: -EBADMSG "blob-digest" where it is not what it had to be, and nothing is kept. Frees w. */
int blob_commit(struct blob_writer *w, struct err *e);

/* Give it up. NULL is fine. */
void blob_drop(struct blob_writer *w);

/* The same with a text. */
int blob_store(int images, const char *digest, const char *text, size_t len, struct err *e);

/* A file below images/new that guise has written itself is a blob: it gets its name, and the digest and size are told. */
int blob_adopt(int images, struct arena *a, const char *name, const char **digest, uint64_t *size,
	       struct err *e);

/* Is it there? And its content: an open descriptor, the caller's, or -errno; or all of it, at most MANIFEST_BYTES_MAX. */
bool blob_is(int images, const char *digest);
int blob_open(int images, const char *digest);
int blob_read(int images, struct arena *a, const char *digest, char **text, size_t *len, struct err *e);

/* The digest of what a descriptor has from where it is on, in the arena, and how much that is. -errno */
int blob_digest_fd(int fd, struct arena *a, const char **digest, uint64_t *size);

/* The digest of bytes, "sha256:...", in the arena; and whether theirs is that one, of whichever algorithm. */
const char *blob_digest(struct arena *a, const void *data, size_t len);
bool blob_matches(const char *digest, const void *data, size_t len);
