/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* The container's environment: a list of NAME=VALUE in which every name stands once, in the order of
 * its first appearance, with the value that came last. */

/* Add "NAME=VALUE". "NAME" alone takes the value from `own` (guise's environ), or, where it has none,
 * removes NAME, as docker does. -EINVAL "bad-env" for an empty name. */
int env_add(struct arena *a, struct strv *env, const char *text, char *const *own, struct err *e);

/* Add NAME=VALUE where no NAME is in the list. */
void env_default(struct arena *a, struct strv *env, const char *name, const char *value);

/* Where a command is looked for that is given no PATH. */
extern const char env_path[];

/* Add what every container has that is not told otherwise: PATH, container, with a terminal TERM, and, where it is given one
 * (NULL: not), HOSTNAME. */
void env_usual(struct arena *a, struct strv *env, bool tty, const char *hostname);

/* The value of NAME (len characters of it), or NULL. */
const char *env_get(const struct strv *env, const char *name, size_t len);

/* Add the lines of an --env-file, docker's grammar: NAME=VALUE or NAME, taken literally without quotes;
 * blanks before a name, empty lines and lines that begin with # are skipped. `path` is for errors,
 * `text` has `len` bytes and a NUL after them. -EINVAL "bad-env-file", with the line's number. */
int env_file(struct arena *a, struct strv *env, const char *path, const char *text, size_t len,
	     char *const *own, struct err *e);
