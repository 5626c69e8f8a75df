/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "base/arena.h"

/* Where a user's own files are, in the arena: NULL where the environment does not say it, or may not be believed
 * (secure_getenv(3)). */

/* $VARIABLE/REST, where that is an absolute path. */
const char *home_below(struct arena *a, const char *variable, const char *rest);

/* $XDG_CONFIG_HOME/REST, else ~/.config/REST (XDG Base Directory Specification). */
const char *home_config(struct arena *a, const char *rest);

/* Who called guise: geteuid(2) of the first call, which is before guise enters a user namespace (run/engine/own_ids.h). Files
 * whose names have a user's number are found by it there, too. */
uid_t home_uid(void);
