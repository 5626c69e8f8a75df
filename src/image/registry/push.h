/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/press.h"
#include "image/registry/session.h"
#include "spec/image/manifest.h"
#include "spec/spec.h"

/*
 * An image of the store to a registry (OCI distribution specification 1.1, "Push"): the blobs that it has not, then
 * the manifest, byte by byte as it was pulled, so that its digest stays, unless a layer is not compressed
 * (image/press.h).
 *
 * A blob that another repository of that registry may have is mounted from there. A small one is sent at once; a large one
 * in chunks, so that one that is cut goes on where it was.
 */
struct push_state {
	const struct descriptor *blob; /* that is being sent */
	uint64_t sent;                 /* bytes of it, as far as one knows */
	size_t done, n;                /* blobs that are there, of so many */
	uint64_t bytes_done, bytes;    /* their sizes */
};

struct push {
	int images; /* state/images.h, locked: LOCK_SH */
	struct arena *arena;
	enum press_format format;
	struct session session; /* where to, and `from`; http, actions and tries are filled in here */
	/* a line a blob: it was there, was mounted, or is being sent; or NULL */
	void (*tell)(void *arg, const struct descriptor *blob, const char *what);
	/* as something goes, but not more often than ten times a second; or NULL */
	void (*tick)(void *arg, const struct push_state *s);
	void *arg;
	/* push.c's */
	struct push_state state;
	uint64_t ticked;
};

/* The manifest of that digest, by the name of the session. *pushed: its digest there. Codes of session.h and
 * image/press.h; "image-broken" where a blob is not here; -EINVAL "no-destination" where the name has a digest that it
 * has not there. */
int push_image(struct push *p, const char *digest, const char **pushed, struct err *e);
