/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/engine/run_options.h"
#include "run/engine/run.h"

/*
 * From a container's record to the spec of its next run. Recorded are the words of its guise run (or
 * create) and the working directory, so the same parser makes the same spec of them; what they were read
 * from the environment and from --env-file is recorded itself, since both may be others by now. Files and
 * directories that options name are looked at at each start.
 */

/* What is recorded of this call, in the arena. image: as struct run_wish has it. */
const struct run_wish *again_wish(struct call *call, struct spec *s, int *image);

/* The spec of a container that was made before. The working directory is then that of its guise run. -ENOTSUP
 * "record-old": it was made by a guise that did not record the words. */
int again_spec(struct call *call, const struct control *k, struct run_options *o, struct err *e);

/* What its options say, but nothing of its image. */
int again_options(struct call *call, const struct control *k, struct run_options *o, struct err *e);

/* --replace: remove the container that has the name, if there is one. */
int again_replace(struct call *call, struct state *st, const struct run_options *o, struct err *e);
