/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* --ulimit NAME=SOFT[:HARD]; -1 or "unlimited" is RLIM_INFINITY, HARD is SOFT where it isn't given.
 * -EINVAL "bad-ulimit". */
int ulimit_parse(struct arena *a, const char *text, struct spec_rlimit *limit, struct err *e);
