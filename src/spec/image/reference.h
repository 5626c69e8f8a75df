/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * The name of an image, as docker, podman and skopeo have it, text → checked model. Pure.
 *
 *     [DOMAIN[:PORT]/]PATH[:TAG][@ALGORITHM:HEX]
 *
 * The grammar is that of github.com/distribution/reference. The first component is a domain only if it has a dot or a
 * port, or is "localhost"; else the name is a short one, and whose registry is meant the list of registries says.
 * docker.io, which is index.docker.io, too, has those of one component in "library/".
 */
enum {
	REFERENCE_NAME_MAX = 255, /* DOMAIN/PATH */
	REFERENCE_TAG_MAX = 128,
};

struct reference {
	const char *domain; /* "docker.io", "localhost:5000"; NULL: a short name */
	const char *path;   /* "library/alpine" */
	const char *tag;    /* NULL: none was given */
	const char *digest; /* "sha256:..."; NULL: none was given */
};

/* A name. -EINVAL "bad-reference". */
int reference_parse(struct arena *a, const char *text, struct reference *ref, struct err *e);

/* What a short name means in this domain. */
struct reference reference_in(struct arena *a, struct reference ref, const char *domain);

/* "latest" where neither a tag nor a digest is given. */
struct reference reference_tagged(struct reference ref);

/* "docker.io/library/alpine:latest": all of it that is given. */
const char *reference_text(struct arena *a, const struct reference *ref);

/* "docker.io/library/alpine" */
const char *reference_name(struct arena *a, const struct reference *ref);

/* Is it a tag, alone? */
bool reference_is_tag(const char *text);
