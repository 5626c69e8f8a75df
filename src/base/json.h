/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/*
 * JSON is read with json-c. It is written as text into a struct str: what guise writes is small and
 * flat, and a start then touches none of the library's pages.
 */

/* Add text as a JSON string with its quotes. Bytes that are no UTF-8 are written as U+FFFD. NULL: null. */
void json_add_string(struct str *out, const char *text);

/* Parse the whole of text, at most 64 levels deep. NULL and e ("json-bad", with the position) if it is no
 * JSON, or if anything follows. The caller puts the object (json_object_put). */
json_object *json_from_text(const char *text, size_t len, struct err *e);
