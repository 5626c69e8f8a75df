/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Whom to believe about a registry: the system's certificate authorities, and those that a directory for it has
 * (containers-certs.d(5), docker's "Verify repository client with certificates"): *.crt are authorities, NAME.cert and NAME.key
 * are shown to it. Directories are, the first that there is:
 *
 *     --cert-dir, ~/.config/containers/certs.d/HOST:PORT, /etc/containers/certs.d/..., /etc/docker/certs.d/...
 */
struct trust {
	bool lax;       /* anybody is believed, and plain HTTP will do, too */
	const char *ca; /* PEM, the system's as well; NULL: only the system's */
	size_t ca_len;
	const char *cert, *key; /* files; NULL: none */
};

/* dir: the directory, or NULL. -errno "registry-certificates": it can't be read, or half of a pair is missing. */
int trust_read(struct arena *a, const char *domain, const char *dir, struct trust *t, struct err *e);
