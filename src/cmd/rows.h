/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "base/err.h"
#include "spec/spec.h"

/* What --format makes of several things of a kind, each with fields. */

struct rows {
	json_object **v;
	size_t n;
};

/* Each as the template says, in a line of its own; "table TEMPLATE" in columns, below the headings of its
 * fields (NULL: without). It puts them all. -EINVAL "bad-template". */
int rows_print(struct arena *a, const char *format, json_object *headings, const struct rows *rows,
	       struct err *e);
