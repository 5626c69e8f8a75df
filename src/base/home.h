/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"

/* Where a user's own files are, in the arena: NULL where the environment does not say it, or may not be believed
 * (secure_getenv(3)). */

/* $VARIABLE/REST, where that is an absolute path. */
const char *home_below(struct arena *a, const char *variable, const char *rest);

/* $XDG_CONFIG_HOME/REST, else ~/.config/REST (XDG Base Directory Specification). */
const char *home_config(struct arena *a, const char *rest);
