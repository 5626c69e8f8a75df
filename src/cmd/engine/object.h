/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "spec/spec.h"

/* JSON that commands print, built with json-c: they are not on the way of a start. The object owns what is
 * put into it; NULL texts become null. */
void object_str(json_object *o, const char *key, const char *value);
void object_int(json_object *o, const char *key, int64_t value);
void object_flag(json_object *o, const char *key, bool value);
void object_list(json_object *o, const char *key, const struct strv *list, size_t from);
/* NAME=VALUE, as an object */
void object_labels(struct arena *a, json_object *o, const char *key, const struct strv *pairs);

/* A new object within o. */
json_object *object_within(json_object *o, const char *key);

/* Print o to standard output, one key a line, and put it. */
void object_print(json_object *o);

/* The same in one line. */
void object_print_line(json_object *o);
