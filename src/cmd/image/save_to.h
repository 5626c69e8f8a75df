/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/save.h"

/* To a file, which is replaced when the new one is whole; into a directory, which is made or empty; or, where path is NULL,
 * to standard output, which may be no terminal. Codes "file", "terminal", "save-many", "save-directory", and those of
 * image/save.h. */
int save_to(const struct save *s, const char *path, struct err *e);
