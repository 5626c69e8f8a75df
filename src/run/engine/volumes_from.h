/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"
#include "state/state.h"

/*
 * --volumes-from: the bind mounts and volumes of other containers, as their records have them, are added to the spec's, where
 * these have nothing at that path. The others need not run, nor ever have run. What a volume is now, is found out afterwards, as
 * of one's own (volumes.h). -ENOENT "no-container".
 */
int volumes_from(struct state *st, struct arena *a, struct spec *s, struct err *e);
