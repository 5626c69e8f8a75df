/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/engine/run_options.h"
#include "state/state.h"

/*
 * `guise run IMAGE`: what the image's configuration says is taken where the command line says nothing, by docker's rules,
 * between run_options_parse() and run_options_env(). Nothing is done where the root is no image.
 *
 * One that is not here is pulled, as --pull says, by guise-image.
 *
 * digest: the manifest that the container has had from its beginning; NULL: what the name means now. *lock: held till the
 * container is recorded as one of that image, a descriptor, the caller's; -1 where there is none. -ENOENT "no-image".
 */
int image_options(struct state *st, struct arena *a, struct run_options *o, const char *digest, int *lock,
		  struct err *e);
