/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "spec/spec.h"

/* Print lines whose cells are divided by tabs to standard output, each column as wide as its longest cell,
 * counted in characters, not bytes. */
void table_print(struct arena *a, const struct strv *lines);

/* A template from a command line. Docker's users write \t and \n in single quotes: they become those
 * characters. */
const char *table_template(struct arena *a, const char *text);
