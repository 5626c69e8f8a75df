/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "state/state.h"

/* system df -v: each image, container and volume, with docker's fields; as tables, or, with --format, of one object that has the
 * lists Images, Containers and Volumes. images: the store, or -1. */
int df_verbose(struct call *call, struct state *st, int images, struct err *e);
