/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * A point in time as docker's users write it, in nanoseconds since 1970:
 *
 *     10m, 1h30m, 1.5s                  so long before now
 *     1764300000, 1764300000.5          seconds since 1970
 *     2026-11-28T16:05:00.5+01:00       RFC 3339; without a zone, guise's own is meant
 *     2026-11-28T16:05, 2026-11-28      the same, shorter
 */
int when_parse(const char *text, int64_t now, int64_t *ns, struct err *e);
