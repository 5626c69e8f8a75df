/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* --env-file and --env, as run and exec have them, added to env: the files first, so that the last of a name
 * wins. `own` is guise's environ, for -e NAME. 0 or -errno: "env-file", or spec/env.h's. */
int env_options(struct arena *a, struct strv *env, const struct strv *files, const struct strv *given,
		char *const *own, struct err *e);
