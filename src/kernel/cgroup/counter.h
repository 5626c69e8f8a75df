/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/arena.h"

/* What the files of a cgroup count, in the arena. A directory that is NULL, and a file that can't be read,
 * are as an empty file, which counts 0. */
char *cgroup_text(struct arena *a, const char *dir, const char *file);

/* A number, or "max": UINT64_MAX. */
uint64_t cgroup_count(const char *text);
uint64_t cgroup_number(struct arena *a, const char *dir, const char *file);

/* The number behind "key " or "key=" in a file's text. */
uint64_t cgroup_key(const char *text, const char *key);
