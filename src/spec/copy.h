/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* What cp's operands mean, by docker's rules (docker container cp, "Extended description"). Pure. */

enum copy_kind { COPY_HOST, COPY_CONTAINER, COPY_STREAM };

/* NAME:PATH, a path of the host, or "-". */
struct copy_operand {
	enum copy_kind kind;
	const char *container; /* its name, for COPY_CONTAINER */
	const char *path;      /* in a container absolute: one that is relative begins at its root */
};

/* A path of the host with a ':' before its first '/' is written with a leading "./". -EINVAL "bad-copy". */
int copy_operand(struct arena *a, const char *text, struct copy_operand *o, struct err *e);

/* Is it the content of a directory that is meant ("DIR/.", ".", "/"), not the directory itself? */
bool copy_is_content(const char *path);

/* Can path be nothing but a directory: does it end in a slash, or as above? */
bool copy_is_directory(const char *path);

/* Where a copy goes: to the destination itself, into it by the source's name or, for content, right into
 * it. */
enum copy_place { COPY_AS, COPY_INTO, COPY_MERGE };

/* What there is at the destination; a symbolic link counts as what it leads to. */
enum copy_there { COPY_NOTHING, COPY_FILE, COPY_DIRECTORY };

/* source: is it a directory, and is its content meant? destination: as it was given, and what is there. */
int copy_decide(bool directory, bool content, const char *destination, enum copy_there there,
		enum copy_place *place, struct err *e);
