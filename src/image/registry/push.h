/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/registry/session.h"
#include "spec/image/manifest.h"
#include "spec/spec.h"

/*
 * An image of the store to a registry (OCI distribution specification 1.1, "Push"): the blobs that it has not, then the
 * manifest, byte by byte as it was pulled, so that its digest stays.
 *
 * A blob that another repository of that registry may have is mounted from there. A small one is sent at once; a large one
 * in chunks, so that one that is cut goes on where it was.
 */
struct push {
	int images; /* state/images.h, locked: LOCK_SH */
	struct arena *arena;
	struct session session; /* where to, and `from`; http, actions and tries are filled in here */
	/* a line a blob: it was there, was mounted, or is being sent; or NULL */
	void (*tell)(void *arg, const struct descriptor *blob, const char *what);
	void *tell_arg;
};

/* The manifest of that digest, by the name of the session. Codes of session.h; "image-broken" where a blob is not here. */
int push_image(struct push *p, const char *digest, struct err *e);
